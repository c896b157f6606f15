// gatewire's HTTP server as a user of it writes it. Tells its parent the port.
import { createServer } from 'gatewire/server'
import { BODY, TYPE } from './answer.mjs'

const server = createServer({ protocol: 'http' }, () => ({ status: 200, headers: { 'Content-Type': TYPE }, body: BODY }))
await server.listen('127.0.0.1:0')
process.send(server.address().port)
process.once('disconnect', () => process.exit())
