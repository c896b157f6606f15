// What every thread and every process of this example does: some work for the processor, and a word on who did it.
import { createHash } from 'node:crypto'
import { threadId } from 'node:worker_threads'

export default function handle () {
  let digest = 'gatewire'
  for (let i = 0; i < 10_000; i++) digest = createHash('sha256').update(digest).digest('hex')
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain' },
    body: `process ${process.pid}, thread ${threadId}: ${digest.slice(0, 16)}\n`
  }
}
