// A server that is out of descriptors: the parent floods it, asks what that costs, goes away, and asks for an answer again.
import { subscribe } from 'node:diagnostics_channel'
import { closeSync, openSync } from 'node:fs'

const { createServer } = await import(new URL('server/index.js', process.argv[2]))
const codes = []
subscribe('gatewire:error', ({ error }) => codes.push(error.code))
const server = createServer({ protocol: 'http' }, () => ({ status: 200, body: 'here' }))
const { port } = await server.listen(0)

/** All descriptors but so many. */
const taken = []
try {
  for (;;) taken.push(openSync('/dev/null'))
} catch {}
for (const one of taken.splice(0, 20)) closeSync(one)

process.on('message', async what => {
  if (what === 'measure') {
    codes.length = 0
    const before = process.hrtime.bigint()
    const cpu = process.cpuUsage()
    await new Promise(resolve => setTimeout(resolve, 1500))
    const { user, system } = process.cpuUsage(cpu)
    process.send({ microseconds: user + system, elapsed: Number(process.hrtime.bigint() - before) / 1000, codes })
  } else {
    await server.close()
    for (const one of taken) closeSync(one)
    process.disconnect()
  }
})
process.send(port)
