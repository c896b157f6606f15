// One server in each of several threads, behind a front end that spreads requests over them.
// node threads.mjs [THREADS [FIRST_PORT]]: on 127.0.0.1, as many as there are processors, from 3031 on if nothing is given.
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createServer } from 'gatewire/server'
import handle from './handler.mjs'

if (isMainThread) {
  const [threads = availableParallelism(), first = 3031] = process.argv.slice(2).map(Number)
  // Threads cannot take connections from one socket together, so each has a port, and the front end knows them all. A uwsgi connection
  // carries one request, so the load is spread request by request.
  const workers = Array.from({ length: threads }, (_, i) => new Worker(new URL(import.meta.url), { workerData: first === 0 ? 0 : first + i }))
  const ports = await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0]))
  console.log(`upstream threads {\n    least_conn;\n${ports.map(port => `    server 127.0.0.1:${port};\n`).join('')}}`)
  console.log('That is for nginx, with uwsgi_pass threads; in a location. Without nginx: node ask.mjs, in ../uwsgi-hello, asks one of them')
  // Signals come to the main thread only.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => workers.forEach(worker => worker.postMessage('close')))
} else {
  const server = createServer({ protocol: 'uwsgi' }, handle)
  const { port } = await server.listen(workerData)
  parentPort.postMessage(port)
  // Without anybody listening for messages, and without a server, a thread ends by itself.
  parentPort.once('message', () => server.close())
}
