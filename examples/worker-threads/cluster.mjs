// One server in each of several processes, all on one port: node:cluster takes the connections and hands them round.
// node cluster.mjs [PROCESSES [PORT]]: HTTP on 127.0.0.1, as many as there are processors, on 8080 if nothing is given.
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { createServer } from 'gatewire/server'
import handle from './handler.mjs'

const [processes = availableParallelism(), port = 8080] = process.argv.slice(2).map(Number)

if (cluster.isPrimary) {
  let listening = 0
  let stopping = false
  cluster.on('listening', (worker, address) => {
    if (++listening === processes) console.log(`HTTP on http://127.0.0.1:${address.port}/, by ${processes} processes. To try it: curl http://127.0.0.1:${address.port}/`)
  })
  cluster.on('exit', () => { if (!stopping) cluster.fork() }) // one that has died is replaced
  for (let i = 0; i < processes; i++) cluster.fork()
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stopping = true
      for (const worker of Object.values(cluster.workers)) worker.send('close')
    })
  }
} else {
  const server = createServer({ protocol: 'http' }, handle)
  await server.listen(port)
  process.on('SIGINT', () => {}) // Ctrl+C reaches every process of the terminal; the primary says what is to be done
  process.once('message', async () => {
    await server.close()
    cluster.worker.disconnect()
  })
}
