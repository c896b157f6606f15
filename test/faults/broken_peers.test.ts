// Peers that close one direction, or reset the connection, at every stage of a request: all that is complete is answered, what is not is
// refused or forgotten, every request has an end that the server tells of, and no descriptor is lost.
import { describe, expect, test } from 'vitest'
import { FrontEnd, packet } from '../front_end.js'
import { request, responsesOf } from '../http_peer.js'
import { type Attacked, attackedServe, eventually, record, sized, TRANSPORTS } from './attacked.js'

interface Stage {
  readonly bytes: string | Uint8Array
  readonly protocol: 'http' | 'uwsgi'
  /** Wait for some of the response before going. */
  readonly begun?: true
  /** Statuses of what a peer gets that closes its own direction and reads on. */
  readonly answers: readonly number[]
}

const post = (line: string, path: string): string => request(`POST ${path} HTTP/1.1`, [line])
const uwsgiPost = packet({ REQUEST_METHOD: 'POST', PATH_INFO: '/digest', CONTENT_LENGTH: '1000' })

const STAGES: Readonly<Record<string, Stage>> = {
  'without a byte': { protocol: 'http', bytes: '', answers: [] },
  'in the request line': { protocol: 'http', bytes: 'GET /hel', answers: [400] },
  'in the head': { protocol: 'http', bytes: request('/hello').slice(0, -2), answers: [400] },
  'after a request': { protocol: 'http', bytes: request('/hello'), answers: [200] },
  'after pipelined requests': { protocol: 'http', bytes: request('/late?ms=5').repeat(5), answers: [200, 200, 200, 200, 200] },
  'in the second head': { protocol: 'http', bytes: `${request('/hello')}GET /hello HTTP/1.1\r\nHos`, answers: [200, 400] },
  'while the handler works': { protocol: 'http', bytes: request('/late?ms=50'), answers: [200] },
  'while the handler waits for its going': { protocol: 'http', bytes: request('/never'), answers: [] },
  'before the content': { protocol: 'http', bytes: post('Content-Length: 1000', '/digest'), answers: [400] },
  'in the content': { protocol: 'http', bytes: `${post('Content-Length: 1000', '/digest')}abc`, answers: [400] },
  'in content that nobody reads': { protocol: 'http', bytes: `${post('Content-Length: 1000', '/late?ms=2000')}abc`, answers: [400] },
  'in a chunk size': { protocol: 'http', bytes: `${post('Transfer-Encoding: chunked', '/digest')}1`, answers: [400] },
  'in a chunk': { protocol: 'http', bytes: `${post('Transfer-Encoding: chunked', '/digest')}a\r\nabc`, answers: [400] },
  'in the trailers': { protocol: 'http', bytes: `${post('Transfer-Encoding: chunked', '/digest')}0\r\nX: y`, answers: [400] },
  'waiting for 100 (Continue)': { protocol: 'http', bytes: request('POST /digest HTTP/1.1', ['Content-Length: 3', 'Expect: 100-continue']), begun: true, answers: [100, 400] },
  'in the response': { protocol: 'http', bytes: request('/parts?count=20&ms=5&bytes=1000'), begun: true, answers: [200] },
  'in a large response': { protocol: 'http', bytes: request('/parts?count=200&ms=0&bytes=65536'), begun: true, answers: [200] },
  'in the content that is given back': { protocol: 'http', bytes: `${post('Content-Length: 1000', '/echo')}abc`, begun: true, answers: [200] },
  'without a byte of a packet': { protocol: 'uwsgi', bytes: '', answers: [] },
  'in the header of a packet': { protocol: 'uwsgi', bytes: packet().subarray(0, 3), answers: [400] },
  'in a packet': { protocol: 'uwsgi', bytes: packet().subarray(0, 30), answers: [400] },
  'after a packet': { protocol: 'uwsgi', bytes: packet({ PATH_INFO: '/hello' }), answers: [200] },
  'in the content of a packet': { protocol: 'uwsgi', bytes: Buffer.concat([uwsgiPost, Buffer.from('abc')]), answers: [400] },
  'in the response to a packet': { protocol: 'uwsgi', bytes: packet({ PATH_INFO: '/parts', QUERY_STRING: 'count=20&ms=5&bytes=1000' }), begun: true, answers: [200] }
}

async function gone (server: Attacked, { protocol, bytes, begun }: Stage, how: 'end' | 'reset' | 'close', delay: number): Promise<FrontEnd> {
  const peer = new FrontEnd(protocol === 'http' ? server.port : server.uwsgiPort)
  await peer.connected
  if (bytes !== '') peer.send(bytes)
  if (begun) await eventually(() => peer.received.length, length => length > 0, 'the response should begin')
  if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay))
  if (how === 'end') peer.socket.end()
  else if (how === 'reset') peer.socket.resetAndDestroy()
  else peer.socket.destroy()
  return peer
}

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('peers that go at every stage', async () => {
    const server = await attackedServe({ transport })
    await server.counts()
    const before = server.descriptors()
    const times = sized(2, 40)
    let peers = 0
    for (const [name, stage] of Object.entries(STAGES)) {
      for (const how of ['end', 'reset', 'close'] as const) {
        const all = await Promise.all(Array.from({ length: 2 * times }, (_, i) => gone(server, stage, how, i % 2 === 0 ? 0 : 10 + i % 7)))
        peers += all.length
        if (how !== 'end') continue
        // Who closes one direction and reads on gets all that is answered, whole.
        for (const peer of all) {
          const responses = responsesOf(await peer.response())
          const text = responses.map(({ status, complete }) => complete ? status : `${status}, cut`)
          const wanted = name === 'in the content that is given back' ? ['200, cut'] : stage.answers
          expect([name, text]).toEqual([name, wanted])
        }
      }
    }
    const after = await eventually(() => server.descriptors(), count => count <= before, 'their descriptors should be closed')
    const counts = await eventually(() => server.counts(), ({ request, response, refused, cut }) => response + refused + cut === request - 1, 'every request should have ended')
    expect(server.log()).not.toMatch(/the handler failed|Error:/)
    record('peers that close or reset at every stage', transport, { stages: Object.keys(STAGES).length, connections: peers, requests: counts.request, answered: counts.response, 'of peers that went': counts.refused + counts.cut, lost: counts.request - 1 - counts.response - counts.refused - counts.cut, 'descriptors before': before, 'descriptors after': after })
  })
})
