// The handler of uwsgi-hello over HTTP/1.1: the protocol has another name, and nothing else changes.
// node server.mjs [PORT]: on 127.0.0.1, 8080 if none is given.
import { createServer } from 'gatewire/server'

const server = createServer({ protocol: 'http' }, request => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  // The client's port tells its connections apart.
  body: `Hello ${request.get('REMOTE_ADDR')}:${request.get('REMOTE_PORT')}, you asked for ${request.get('REQUEST_URI')}.\n`
}))

const { port } = await server.listen(process.argv[2] ?? 8080)
console.log(`HTTP on http://127.0.0.1:${port}/. To try it: curl http://127.0.0.1:${port}/some/path, or node pipeline.mjs ${port}`)

// Requests that have begun are answered to their end; then nothing is left that keeps the process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
