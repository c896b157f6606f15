// More connections than there are descriptors: the server goes on with those that it has, does not spin, and accepts again when some are free.
import { describe, expect, test } from 'vitest'
import { FrontEnd, packet, statusOf } from '../front_end.js'
import { exchange, request } from '../http_peer.js'
import { attackedServe, eventually, record, sized, TRANSPORTS } from './attacked.js'

/** Few enough that Node, which needs some twenty itself, has little left. */
const FILES = 64
const rest = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('a flood of connections beyond the limit of descriptors', async () => {
    const server = await attackedServe({ transport, files: FILES })
    const before = server.descriptors()
    const rounds = sized(2, 10)
    const flood = sized(200, 1000)
    let most = 0
    let busy = 0
    for (let round = 0; round < rounds; round++) {
      const early = await Promise.all([new FrontEnd(server.port)].map(async peer => {
        await peer.connected
        peer.send(request('/hello'))
        await eventually(() => peer.received, received => received.endsWith('hello\n'), 'it should be served')
        return peer
      }))
      const peers = Array.from({ length: flood }, (_, i) => new FrontEnd(i % 2 === 0 ? server.port : server.uwsgiPort))
      await eventually(() => server.descriptors(), count => count >= FILES - 2, 'there should be no descriptor left')
      const time = server.processorSeconds()
      await rest(1000)
      busy = Math.max(busy, server.processorSeconds() - time)
      most = Math.max(most, server.descriptors())
      // Those that were there before go on.
      for (const peer of early) {
        const served = peer.received.length
        peer.send(request('/hello'))
        await eventually(() => peer.received.length, length => length > served, 'it should be served while there are no descriptors')
      }
      for (const { socket } of [...early, ...peers]) socket.destroy()
      await eventually(() => server.descriptors(), count => count <= before + 1, 'the descriptors should be closed')
      const [response] = await exchange(server.port, request('/hello', ['Connection: close']))
      expect(response?.status).toBe(200)
      expect(statusOf(await new FrontEnd(server.uwsgiPort).send(packet({ PATH_INFO: '/hello' })).response())).toBe(200)
    }
    const after = await eventually(() => server.descriptors(), count => count <= before, 'no descriptor should be lost')
    // Half of a core for a second would be spinning; the machine may be busy, and the flood itself costs something.
    expect(busy).toBeLessThan(0.5)
    const log = server.log()
    // Those of node:net are closed by it, and nothing is said.
    if (transport === 'native') expect(log).toContain('gatewire: connections cannot be accepted: accept EMFILE: too many files are open; raise the limit (ulimit -n)')
    expect(log).not.toContain('the handler failed')
    expect(log.split('\n').length).toBeLessThan(20 * rounds)
    record('descriptors run out', transport, { 'descriptors allowed': FILES, 'connections at once': flood + 1, rounds, 'processor time in a second': `${Math.round(busy * 100)} %`, 'descriptors before': before, 'descriptors after': after })
  })
})
