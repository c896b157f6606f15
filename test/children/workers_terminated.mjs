// Twenty threads that do nothing but decode and encode are ended in the middle, some one after the other and some all at once, while this
// thread decodes, too. Reports how many were ended, and how often this thread got something else than before.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { round } from './hostile_work.mjs'

const codec = await import(isMainThread ? process.argv[2] : workerData)

/** A thread that is at work. */
async function busyWorker () {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv[2] })
  await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
  return worker
}

if (isMainThread) {
  const expected = Array.from({ length: 50 }, (_, i) => round(codec, i))
  let wrong = 0
  let terminated = 0
  const work = rounds => { for (let i = 0; i < rounds; i++) if (round(codec, i % 50) !== expected[i % 50]) wrong++ }
  for (; terminated < 10; terminated++) {
    const worker = await busyWorker()
    work(20)
    await worker.terminate()
  }
  const workers = await Promise.all(Array.from({ length: 10 }, busyWorker))
  work(50)
  const ends = workers.map(worker => worker.terminate())
  work(50)
  terminated += (await Promise.all(ends)).length
  work(50)
  process.stdout.write(JSON.stringify({ terminated, wrong }))
} else {
  round(codec, 0)
  parentPort.postMessage('busy')
  for (let i = 0; ; i++) round(codec, i)
}
