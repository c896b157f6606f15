// gatewire's server as a user of it writes it. Its argument: options as JSON, and in them where to listen. Tells its parent the address.
import { createServer } from 'gatewire/server'
import { BODY, TYPE } from './answer.mjs'
import { serveForParent } from '../parent.mjs'

const { listen, ...options } = JSON.parse(process.argv[2])
const server = createServer(options, () => ({ status: 200, headers: { 'Content-Type': TYPE }, body: BODY }))
await server.listen(listen)
serveForParent(server.address())
