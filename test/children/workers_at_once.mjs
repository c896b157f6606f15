// Four threads decode, each its own packets, all at the same time. Reports how many each decoded, and how many were wrong.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

if (isMainThread) {
  const go = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from({ length: 4 }, (_, thread) =>
    new Worker(fileURLToPath(import.meta.url), { workerData: { entry: process.argv[2], thread, go } }))
  const answers = workers.map(worker => new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', message => { if (message !== 'ready') resolve(message) })
  }))
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  Atomics.store(go, 0, 1)
  Atomics.notify(go, 0)
  process.stdout.write(JSON.stringify(await Promise.all(answers)))
} else {
  const { entry, thread, go } = workerData
  const { decodeUwsgi, encodeUwsgi } = await import(entry)
  const packets = Array.from({ length: 50 }, (_, i) => {
    const vars = [['REQUEST_METHOD', 'GET'], ['THREAD', `${thread}`], ['NUMBER', `${i}`], [`HTTP_T${thread}_${i % 10}`, 'x'.repeat(i)]]
    return { vars, bytes: encodeUwsgi(vars) }
  })
  parentPort.postMessage('ready')
  Atomics.wait(go, 0, 0)
  let decoded = 0
  let wrong = 0
  for (; decoded < 30_000; decoded++) {
    const { vars, bytes } = packets[decoded % packets.length]
    const head = decodeUwsgi(bytes)
    const { environ } = head
    if (!vars.every(([key, value]) => environ[key] === value && head.get(key) === value) || !encodeUwsgi(head).equals(bytes)) wrong++
  }
  parentPort.postMessage({ decoded, wrong })
}
