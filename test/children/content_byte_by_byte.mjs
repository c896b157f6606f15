// What a peer holds that sends content byte by byte to a handler that does not read it, while others send much: with --expose-gc.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const { createServer } = await import(new URL('server/index.js', process.argv[2]))
const BYTES = 2000
let answered = 0
const server = createServer({ protocol: 'http' }, async request => {
  if (request.get('PATH_INFO') === '/held') await new Promise(() => {})
  answered++
  return { status: 200 }
})
const { port } = await server.listen(0)
const slow = connect(port, '127.0.0.1').setNoDelay(true)
const busy = connect(port, '127.0.0.1').resume()
slow.write(`POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 * BYTES}\r\n\r\n`)
const requests = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(7000)}\r\n\r\n`.repeat(2)

/** What the collector finds free is given back by another thread, which may take its time. */
async function memory () {
  let least = Infinity
  for (let i = 0; i < 10; i++) {
    global.gc()
    await sleep(20)
    least = Math.min(least, process.memoryUsage().arrayBuffers)
  }
  return least
}

const before = await memory()
for (let i = 1; i <= BYTES; i++) {
  slow.write('x')
  busy.write(requests)
  while (answered < 2 * i) await new Promise(setImmediate)
}
process.stdout.write(JSON.stringify({ heldForEach: Math.max(0, (await memory() - before) / BYTES) }), () => process.exit())
