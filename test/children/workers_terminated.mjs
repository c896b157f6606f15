// Twenty threads that do nothing but decode and encode are terminated at once, one after the other, while this thread decodes, too.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

const { decodeUwsgi, encodeUwsgi, RequestDecoder } = await import(isMainThread ? process.argv[2] : workerData)
const vars = [['REQUEST_METHOD', 'GET'], ['HTTP_X_LONG', 'x'.repeat(9000)], ['PATH_INFO', '/x']]

function once () {
  const bytes = encodeUwsgi(vars)
  const head = decodeUwsgi(bytes)
  const decoder = new RequestDecoder({ protocol: 'uwsgi' })
  for (let at = 0; at < bytes.length; at += 1000) decoder.push(bytes.subarray(at, at + 1000))
  return head.environ.PATH_INFO === '/x' && decoder.next().head.get('HTTP_X_LONG').length === 9000
}

if (isMainThread) {
  let wrong = 0
  let terminated = 0
  for (; terminated < 20; terminated++) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv[2] })
    await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
    for (let i = 0; i < 50; i++) if (!once()) wrong++
    await worker.terminate()
  }
  process.stdout.write(JSON.stringify({ terminated, wrong }))
} else {
  once()
  parentPort.postMessage('busy')
  for (;;) once()
}
