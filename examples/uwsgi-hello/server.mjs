// The smallest handler behind uwsgi_pass.
// node server.mjs [PORT]: on 127.0.0.1, 3031 if none is given.
import { createServer } from 'gatewire/server'

const server = createServer({ protocol: 'uwsgi' }, request => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: `Hello ${request.get('REMOTE_ADDR')}, you asked for ${request.get('REQUEST_URI')}.\n`
}))

// A bare port is on 127.0.0.1: whoever reaches it is believed, REMOTE_ADDR included, so only the front end of this machine should.
const { port } = await server.listen(process.argv[2] ?? 3031)
console.log(`uwsgi on 127.0.0.1:${port}. To try it: node ask.mjs uwsgi://127.0.0.1:${port} /some/path`)

// Requests that have begun are answered to their end; then nothing is left that keeps the process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
