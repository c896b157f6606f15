// A complete HTTP/1.1 server on the codec: node:net moves the bytes, the codec knows what they mean, and connection.mjs, beside this file,
// who waits for whom and how long. Here: the application, and the beginning and end of it all.
// node server.mjs [PORT]: on 127.0.0.1, 8080 if none is given.
import net from 'node:net'
import { Connection } from './connection.mjs'

/** The application: a request in, a response out. `content` comes as it is read, so an echo needs no memory for it. */
async function handle ({ head, content }) {
  const path = head.get('PATH_INFO')
  if (path === '/echo') return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: content }
  let size = 0
  for await (const bytes of content) size += bytes.length
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: `${head.get('REQUEST_METHOD')} ${path}, ${size} bytes of content\n` }
}

const connections = new Set()
// allowHalfOpen: a client that has closed its own direction still gets the responses to what it has asked for.
const server = net.createServer({ allowHalfOpen: true, noDelay: true }, async socket => {
  const connection = new Connection(socket, handle)
  connections.add(connection)
  await connection.run()
  connections.delete(connection)
})
server.maxConnections = 1000 // each may hold a head, some content and one piece of a response

server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  const { port } = server.address()
  console.log(`HTTP on http://127.0.0.1:${port}/. To try it: curl http://127.0.0.1:${port}/echo -d hello`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    for (const connection of connections) connection.stop()
  })
}
