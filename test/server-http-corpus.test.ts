// Every case of corpus/http as the first of two requests on a connection of the server, as corpus_dialogue.ts has it; and what its handler
// sees of the second one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AddressInfo } from 'node:net'
import { createServer, type HttpServerOptions, type Server } from '../src/server/index.js'
import { judge, SECOND } from './corpus_dialogue.js'
import { httpCases, type HttpCase } from './http_corpus.js'

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

  test.each(cases.map(one => [one.name, one] as const))('%s', async (_, one) => {
    paths.length = 0
    const responses = await judge(port, one)
    if ('error' in one.expect) expect(paths).not.toContain(SECOND)
    else expect(paths.at(-1) === SECOND).toBe(responses.length > 1 && responses.at(-1)!.status === 200)
  })
})
