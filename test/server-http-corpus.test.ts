// Every case of corpus/http as the first of two requests on a connection of the server: what is accepted is answered, and the request
// behind it too if the connection may go on; what is refused is answered with its status, and the request behind it is never seen.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AddressInfo } from 'node:net'
import { ProtocolError } from '../src/index.js'
import { createServer, type HttpServerOptions, type Server } from '../src/server/index.js'
import { httpCases, type HttpCase } from './http_corpus.js'
import { Client, request, responsesOf, type Response } from './http_peer.js'

const SECOND = '/second-of-the-test'

/** The options that a server has; the addresses are those of its connections. */
function serverOptions ({ options }: HttpCase): Partial<HttpServerOptions> {
  const { connection: _, ...more } = options
  return more
}

/** One server for all cases of the same options. */
const groups = new Map<string, HttpCase[]>()
for (const one of httpCases) {
  const key = JSON.stringify(serverOptions(one))
  groups.set(key, [...groups.get(key) ?? [], one])
}

describe.each([...groups])('with the options %s', (options, cases) => {
  let server: Server
  let port = 0
  const paths: string[] = []
  beforeAll(async () => {
    server = createServer({ protocol: 'http', drainTimeout: 200, ...JSON.parse(options) as object }, async request => {
      paths.push(request.get('PATH_INFO')!)
      return { status: 200, body: `${request.get('PATH_INFO')!.length} ${(await request.bytes()).toString('latin1').length}` }
    })
    port = (await server.listen(0) as AddressInfo).port
  })
  afterAll(() => server.close())

  /** All that comes for some bytes, the client's side being closed behind them. */
  async function answers (bytes: Buffer): Promise<{ client: Client, responses: Response[] }> {
    paths.length = 0
    const client = new Client(port).send(bytes)
    client.socket.end()
    await client.ended
    const isHead = bytes.toString('latin1').trimStart().startsWith('HEAD ')
    return { client, responses: responsesOf(client.received, isHead ? ['HEAD'] : []) }
  }

  test.each(cases.map(one => [one.name, one] as const))('%s', async (_, { bytes, expect: expected, options }) => {
    const refused = 'error' in expected
    const truncated = refused && expected.error.endsWith('_TRUNCATED')
    const second = truncated ? '' : request(options['mount'] === undefined ? SECOND : `${options['mount'] as string}${SECOND}`)
    const { client, responses } = await answers(Buffer.concat([bytes, Buffer.from(second)]))
    expect(client.ending).toBe('end')
    expect(responses.every(({ complete }) => complete)).toBe(true)
    const last = responses.at(-1)!
    if (refused) {
      const { message } = new ProtocolError(expected.error as ProtocolError['code'], expected.offset)
      expect([last.status, last.fields.get('connection')]).toEqual([expected.status, 'close'])
      if (!bytes.toString('latin1').trimStart().startsWith('HEAD ')) expect(last.body).toBe(`${message}\n`)
      expect(responses.slice(0, -1).map(({ status }) => status)).toEqual(expected.before?.complete === true ? [200] : [])
      expect(paths).not.toContain(SECOND)
      return
    }
    expect(responses[0]!.status).toBe(200)
    if (!expected.keepAlive) expect([responses.length, last.fields.get('connection'), paths.length]).toEqual([1, 'close', 1])
    else if (options['limits'] === undefined) expect([responses.length, last.status, paths[1]]).toEqual([2, 200, SECOND])
  })
})
