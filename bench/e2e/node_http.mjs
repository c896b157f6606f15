// node:http as a user of it writes it. Tells its parent the port.
import { createServer } from 'node:http'
import { BODY, TYPE } from './answer.mjs'

const server = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': TYPE, 'Content-Length': Buffer.byteLength(BODY) })
  response.end(BODY)
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.once('disconnect', () => process.exit())
