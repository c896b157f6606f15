// Two workers of a cluster that share a port; reports by which engines, and how many of them were seen to answer.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { engine } from 'gatewire'
import { createServer } from 'gatewire/server'

const REQUESTS = 20

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  const told = await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0]))
  const pids = new Set()
  for (let i = 0; i < REQUESTS; i++) {
    const response = await fetch(`http://127.0.0.1:${told[0].port}/`, { headers: { connection: 'close' } })
    pids.add(Number(await response.text()))
  }
  for (const worker of workers) worker.send('end')
  const codes = await Promise.all(workers.map(async worker => (await once(worker, 'exit'))[0]))
  process.stdout.write(JSON.stringify({
    engines: told.map(({ engine }) => engine), ports: new Set(told.map(({ port }) => port)).size, codes,
    answered: workers.filter(worker => pids.has(worker.process.pid)).length
  }))
} else {
  const server = createServer({ protocol: 'http' }, () => ({ status: 200, body: String(process.pid) }))
  const { port } = await server.listen('127.0.0.1:0')
  process.send({ port, engine })
  await once(process, 'message')
  await server.close()
  process.disconnect()
}
