// What a peer holds that sends content byte by byte to a handler that does not read it, while others send much: with --expose-gc.
import { connect } from 'node:net'

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

function memory () {
  global.gc()
  return process.memoryUsage().arrayBuffers
}

const before = memory()
for (let i = 1; i <= BYTES; i++) {
  slow.write('x')
  busy.write(requests)
  while (answered < 2 * i) await new Promise(setImmediate)
}
process.stdout.write(JSON.stringify({ heldForEach: Math.max(0, (memory() - before) / BYTES) }), () => process.exit())
