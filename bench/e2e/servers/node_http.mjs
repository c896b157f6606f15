// node:http as a user of it writes it. Its argument: options as JSON. Tells its parent the address.
import { createServer } from 'node:http'
import { BODY, TYPE } from './answer.mjs'
import { serveForParent } from '../parent.mjs'

const server = createServer(JSON.parse(process.argv[2]), (request, response) => {
  response.writeHead(200, { 'Content-Type': TYPE, 'Content-Length': Buffer.byteLength(BODY) })
  response.end(BODY)
})
server.listen(0, '127.0.0.1', () => serveForParent(server.address()))
