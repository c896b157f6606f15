// Clients that send as slowly as they can, and clients that read nothing: what they cost, and that others are served meanwhile.
import { describe, expect, test } from 'vitest'
import { FrontEnd, packet } from '../front_end.js'
import { exchange, request, responsesOf } from '../http_peer.js'
import { MIB } from '../interop/messages.js'
import { type Attacked, attackedServe, eventually, record, sized, TRANSPORTS } from './attacked.js'

/** What is sent at once; a byte each second follows, for ever. */
const DRIBBLES = {
  'heads': { http: request('/hello').slice(0, -2), byte: 'X' },
  'content': { http: request('POST /digest HTTP/1.1', ['Content-Length: 1000']), byte: 'x' },
  'chunks': { http: `${request('POST /digest HTTP/1.1', ['Transfer-Encoding: chunked'])}`, byte: '1\r\nx\r\n' },
  'trailers': { http: `${request('POST /digest HTTP/1.1', ['Transfer-Encoding: chunked'])}1\r\nx\r\n0\r\nX: `, byte: 'x' },
  'uwsgi heads': { uwsgi: packet({ PATH_INFO: '/hello' }).subarray(0, 20), byte: '\0' },
  'uwsgi content': { uwsgi: packet({ REQUEST_METHOD: 'POST', PATH_INFO: '/digest', CONTENT_LENGTH: '1000' }), byte: 'x' }
} as const

const good = async ({ port }: Attacked): Promise<void> => {
  const [response] = await exchange(port, request('/hello', ['Connection: close']))
  expect(response).toMatchObject({ status: 200, body: 'hello\n' })
}

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  const each = sized(20, 170)

  test('clients that dribble heads and content are refused in time, and others are served', async () => {
    const server = await attackedServe({ transport })
    await good(server)
    const before = server.descriptors()
    const started = Date.now()
    const peers = Object.values(DRIBBLES).flatMap(kind => Array.from({ length: each }, () => {
      const [port, bytes] = 'http' in kind ? [server.port, kind.http] : [server.uwsgiPort, kind.uwsgi]
      return { peer: new FrontEnd(port).send(bytes), byte: kind.byte }
    }))
    await Promise.all(peers.map(({ peer }) => peer.connected))
    const feeding = setInterval(() => {
      for (const { peer, byte } of peers) if (peer.ending === undefined) peer.send(byte)
    }, 1000)
    let served = 0
    const ended = Promise.all(peers.map(({ peer }) => peer.ended)).then(() => true)
    while (!(await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 250))]))) {
      await good(server)
      served++
    }
    clearInterval(feeding)
    const seconds = (Date.now() - started) / 1000
    const statuses = peers.map(({ peer }) => responsesOf(peer.received)[0]?.status)
    expect(statuses).toEqual(peers.map(() => 408))
    for (const { peer } of peers) peer.socket.destroy()
    const after = await eventually(() => server.descriptors(), count => count <= before, 'their descriptors should be closed')
    await good(server)
    record('clients that dribble', transport, { connections: peers.length, 'answered 408': statuses.length, seconds, 'requests served meanwhile': served, 'descriptors before': before, 'descriptors after': after })
  })

  test('clients that read nothing hold little', async () => {
    const server = await attackedServe({ transport })
    await good(server)
    const [descriptors, memory] = [server.descriptors(), server.residentBytes()]
    const count = sized(50, 300)
    const peers = Array.from({ length: count }, () => {
      const peer = new FrontEnd(server.port)
      peer.socket.pause()
      return peer.send(request('/parts?count=10000&ms=0&bytes=65536').repeat(3))
    })
    await eventually(() => server.counts(), ({ request }) => request >= count, 'all should be heard')
    await new Promise(resolve => setTimeout(resolve, 1000))
    await good(server)
    const grown = server.residentBytes() - memory
    // What waits of each is one write, its copy until the system takes it; besides, there is garbage of what went out before.
    expect(grown).toBeLessThan(100 * MIB + count * MIB / 2)
    for (const { socket } of peers) socket.resetAndDestroy()
    const after = await eventually(() => server.descriptors(), now => now <= descriptors, 'their descriptors should be closed')
    await eventually(() => server.counts(), ({ request, response, refused, cut }) => response + refused + cut === request - 1, 'every request should have ended')
    record('clients that read nothing', transport, { connections: count, 'KiB held for each, with all garbage': Math.round(grown / count / 1024), 'descriptors before': descriptors, 'descriptors after': after })
  })
})
