// SIGTERM under load: every request that was sent before it is answered, whole, and both sides count the same.
import { describe, expect, test } from 'vitest'
import { request } from '../http_peer.js'
import { attackedServe, eventually, record, sized, TRANSPORTS } from './attacked.js'
import { startLoad, tally } from './load.js'

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('SIGTERM under load loses no request', async () => {
    const rounds = sized(3, 25)
    const total = { sent: 0, answered: 0, 'sent after the signal and not answered': 0, lost: 0 }
    for (let round = 0; round < rounds; round++) {
      const server = await attackedServe({ transport, args: ['--drain', '10'] })
      const loads = [
        startLoad({ port: server.port, clients: 20, request: request('/hello') }),
        startLoad({ port: server.port, clients: 10, request: request('/hello'), each: 1 }),
        startLoad({ port: server.port, clients: 10, request: request('/late?ms=20') }),
        startLoad({ port: server.port, clients: 5, request: request('POST /digest HTTP/1.1', [], 'x'.repeat(100_000)) })
      ]
      const answered = (): number => loads.reduce((sum, load) => sum + load.answered(), 0)
      await eventually(answered, count => count > 2000, 'there should be load')
      const signalled = performance.now()
      process.kill(server.pid, 'SIGTERM')
      await eventually(() => server.log(), log => log.includes('COUNTS'), 'it should end')
      const asked = (await Promise.all(loads.map(load => load.stop()))).flat()
      const counts = JSON.parse(/^COUNTS (.*)$/m.exec(server.log())![1]!) as Record<string, number>
      const { 200: good = 0, ...others } = tally(asked.filter(({ sentAt }) => sentAt < signalled))
      expect(others).toEqual({})
      const { 200: late = 0, unanswered = 0, ...odd } = tally(asked.filter(({ sentAt }) => sentAt >= signalled))
      expect(odd).toEqual({})
      // What a server says to have answered, clients have got.
      expect(counts).toMatchObject({ response: good + late, request: good + late, refused: 0, cut: 0 })
      total.sent += asked.length
      total.answered += good + late
      total['sent after the signal and not answered'] += unanswered
      await server.stop()
    }
    record('SIGTERM under load', transport, { rounds, ...total })
  })
})
