// Runs app.mjs, an application in the shape of WSGI, over HTTP.
// node server.mjs [PORT]: on 127.0.0.1, 8080 if none is given.
import { createServer } from 'gatewire/server'
import app from './app.mjs'
import { wsgi } from './gateway.mjs'

const server = createServer({ protocol: 'http', limits: { maxContentBytes: 1_000_000 } }, wsgi(app))

const { port } = await server.listen(process.argv[2] ?? 8080)
console.log(`HTTP on http://127.0.0.1:${port}/. To try it: printf 'one\\ntwo\\n' | curl http://127.0.0.1:${port}/lines --data-binary @-`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
