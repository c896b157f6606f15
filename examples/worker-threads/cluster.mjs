// One server in each of several processes, all on one port: node:cluster takes the connections and hands them round.
// node cluster.mjs [PROCESSES [PORT]]: HTTP on 127.0.0.1, as many as there are processors, on 8080 if nothing is given.
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { createServer } from 'gatewire/server'
import handle from './handler.mjs'

const [processes = availableParallelism(), port = 8080] = process.argv.slice(2).map(Number)

if (cluster.isPrimary) {
  const serving = new Set()
  let stopping = false
  cluster.on('listening', (worker, { port }) => {
    serving.add(worker)
    if (serving.size === processes) console.log(`HTTP on http://127.0.0.1:${port}/, by ${processes} processes. To try it: curl http://127.0.0.1:${port}/`)
  })
  cluster.on('exit', worker => {
    // One that has served is replaced. One that could not begin would not get any further the second time.
    if (!serving.delete(worker)) process.exitCode = 1
    else if (!stopping) cluster.fork()
  })
  for (let i = 0; i < processes; i++) cluster.fork()
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stopping = true
      for (const worker of Object.values(cluster.workers)) worker.send('close', () => {}) // or it has gone by itself
    })
  }
} else {
  // Ctrl+C reaches every process of the terminal, and what stops a service often does so, too: the primary says what is to be done.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const server = createServer({ protocol: 'http' }, handle)
  await server.listen(port)
  process.once('message', async () => {
    await server.close()
    cluster.worker.disconnect()
  })
}
