// Two connections whose bytes wait, and whose peers read all of them while this thread stands still: in the turn in which both are told,
// the first one sends the last bytes of the other. Nothing of these may get lost.
import { connect } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

const MUCH = 16 * 1024 * 1024
const PIECE = Buffer.alloc(65536)

if (isMainThread) {
  const { startListener } = await import(new URL('server/listener.js', process.argv[2]))
  const sides = []
  const listener = await startListener({ host: '127.0.0.1', port: 0 }, undefined, {
    accept (transport) {
      const side = { transport, sent: 0, written: 0 }
      sides.push(side)
      transport.start({
        data () {},
        peerEnded () { transport.destroy() },
        drain () {
          if (sides.ended) return
          sides.ended = true
          const other = sides.find(one => one !== side)
          other.transport.end(Buffer.alloc(MUCH))
          other.written += MUCH
          side.transport.end()
        },
        sent () { side.sent++ },
        closed () { if (sides.every(({ sent }) => sent === 1)) listener.close() }
      })
    },
    failed (error) { throw error }
  })
  const read = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { port: listener.address().port, read } })
  const next = () => new Promise(resolve => worker.once('message', resolve))
  await next()
  for (const side of sides) {
    do side.written += PIECE.length
    while (side.transport.write(PIECE))
  }
  worker.postMessage('read')
  Atomics.wait(read, 0, 0)
  const sizes = await next()
  process.stdout.write(JSON.stringify({
    lost: sides.reduce((sum, { written }) => sum + written, 0) - sizes.reduce((sum, size) => sum + size), sent: sides.map(({ sent }) => sent)
  }))
} else {
  const { port, read } = workerData
  const sizes = [0, 0]
  let open = 2
  let still
  const sockets = await Promise.all(sizes.map((_, i) => new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.pause()
    socket.on('data', bytes => {
      sizes[i] += bytes.length
      // When nothing comes any more, the rest waits for the main thread, which has not looked yet.
      clearTimeout(still)
      still = setTimeout(() => {
        Atomics.store(read, 0, 1)
        Atomics.notify(read, 0)
      }, 100)
    })
    socket.on('end', () => {
      socket.end()
      if (--open === 0) parentPort.postMessage(sizes)
    })
    socket.on('connect', () => setTimeout(resolve, 100, socket))
  })))
  parentPort.once('message', () => { for (const socket of sockets) socket.resume() })
  parentPort.postMessage('connected')
}
