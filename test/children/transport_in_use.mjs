// Which transport a server chooses, and that it works. As a primary of a cluster, with an argument: what two workers of it choose.
import cluster from 'node:cluster'

const { createServer } = await import(new URL('server/index.js', process.argv[2]))

async function serve () {
  const server = createServer({ protocol: 'http' }, () => ({ status: 200, body: String(process.pid) }))
  try {
    const { port } = await server.listen(0)
    // A server of node:net is a resource of Node's; one that has only bound closes first.
    for (let turns = 0; turns < 2; turns++) await new Promise(setImmediate)
    const used = process.getActiveResourcesInfo().includes('TCPServerWrap') ? 'net' : 'native'
    return { server, port, used }
  } catch (error) {
    return { error: error.message }
  }
}

async function bodies (port, count) {
  const all = []
  for (let i = 0; i < count; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
    all.push(await response.text())
  }
  return all
}

if (cluster.isWorker) {
  const { server, port, error } = await serve()
  process.send({ port, error })
  process.on('message', async () => {
    await server?.close()
    process.disconnect()
  })
} else if (process.env.GATEWIRE_TEST === 'cluster') {
  const workers = [cluster.fork(), cluster.fork()]
  const started = await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  const pids = new Set(started[0].port === undefined ? [] : await bodies(started[0].port, 20))
  for (const worker of workers) worker.send('end')
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('exit', resolve))))
  process.stdout.write(JSON.stringify({
    ports: new Set(started.map(({ port }) => port)).size, errors: started.map(({ error }) => error ?? null),
    answered: workers.filter(({ process: { pid } }) => pids.has(String(pid))).length
  }))
} else {
  const { server, port, used, error } = await serve()
  const right = port === undefined ? undefined : (await bodies(port, 1))[0] === String(process.pid)
  await server?.close()
  process.stdout.write(JSON.stringify({ used, right, error }))
}
