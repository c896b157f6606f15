// Worker threads that serve: twenty that are terminated with connections in every state, some that end themselves from within a handler,
// and four at once.
import { connect } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

const entry = isMainThread ? process.argv[2] : workerData
const get = path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

function * long () {
  for (let i = 0; i < 1000; i++) yield Buffer.alloc(65536)
}

async function serve () {
  const { createServer } = await import(new URL('server/index.js', entry))
  const server = createServer({ protocol: 'http' }, async request => {
    const path = request.get('PATH_INFO')
    if (path === '/exit') process.exit(5)
    if (path === '/slow') await new Promise(() => {})
    return { status: 200, body: path === '/long' ? long() : path }
  })
  const { port } = await server.listen(0)
  parentPort.postMessage(port)
}

async function start () {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: entry })
  const port = await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
  return { worker, port }
}

/** A connection that has sent something, and whether it has ended. */
function peer (port, text, reads = true) {
  const socket = connect(port, '127.0.0.1')
  const all = { text: '', ended: new Promise(resolve => socket.on('close', resolve)), socket }
  socket.on('error', () => {})
  if (reads) socket.on('data', bytes => { all.text += bytes.toString('latin1') })
  all.sent = new Promise(resolve => socket.write(text, resolve))
  return all
}

async function answered (one) {
  while (!one.text.includes('\r\n\r\n')) await new Promise(resolve => setTimeout(resolve, 2))
}

if (!isMainThread) {
  await serve()
} else {
  const report = { terminated: 0, exited: [], served: 0 }
  for (; report.terminated < 20; report.terminated++) {
    const { worker, port } = await start()
    const idle = [peer(port, ''), peer(port, get('/x'))]
    const busy = [peer(port, get('/slow')), peer(port, get('/x').slice(0, 20)), peer(port, get('/long'), false),
      peer(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc'), peer(port, get('/x').repeat(50))]
    await Promise.all([...idle, ...busy].map(({ sent }) => sent))
    await answered(idle[1])
    // In half of them there is always something to do when the end comes.
    const flood = report.terminated % 2 === 0 ? setInterval(() => idle[1].socket.write(get('/x').repeat(20)), 0) : undefined
    await worker.terminate()
    clearInterval(flood)
    for (const one of busy) one.socket.resume()
    await Promise.all([...idle, ...busy].map(({ ended }) => ended))
  }
  for (let i = 0; i < 5; i++) {
    const { worker, port } = await start()
    const peers = Array.from({ length: 10 }, (_, i) => peer(port, get(i === 5 ? '/exit' : '/slow')))
    report.exited.push(await new Promise(resolve => worker.once('exit', resolve)))
    await Promise.all(peers.map(({ ended }) => ended))
  }
  const servers = await Promise.all([start(), start(), start(), start()])
  for (let round = 0; round < 10; round++) {
    const peers = servers.flatMap(({ port }) => Array.from({ length: 10 }, (_, i) => peer(port, get(`/${round}/${i}`).repeat(20))))
    for (const one of peers) {
      while (one.text.split('HTTP/1.1 200').length < 21) await new Promise(resolve => setTimeout(resolve, 2))
      report.served += 20
      one.socket.destroy()
    }
  }
  await Promise.all(servers.map(({ worker }) => worker.terminate()))
  process.stdout.write(JSON.stringify(report))
}
