// The same requests through nginx and uwsgi_pass, and over HTTP, to two servers with one handler: their environs agree, but for what
// docs/http-support.md says. The requests are those of the corpus that are accepted.
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createServer, type Handler } from '../../src/server/index.js'
import { compareWithTable, Differences } from '../documented_differences.js'
import { httpCases } from '../http_corpus.js'
import { GENEROUS } from './front_end.js'
import { exchange } from './http.js'
import { describeWithPeers } from './peers/availability.js'
import { startNginx } from './peers/nginx.js'

const accepted = httpCases.filter(({ expect, options }) => !('error' in expect) && Object.keys(options).length === 0)

type Reading = Record<string, string>

/** A server, and what its handler has seen. */
async function start (protocol: 'http' | 'uwsgi'): Promise<{ port: number, seen: Reading[] }> {
  const seen: Reading[] = []
  const handler: Handler = async request => {
    seen.push({ ...request.environ, content: (await request.bytes()).toString('latin1') })
    return { status: 200 }
  }
  const server = createServer({ protocol, drainTimeout: 100 }, handler)
  onTestFinished(() => server.close())
  return { port: (await server.listen(0) as AddressInfo).port, seen }
}

describeWithPeers('nginx', 'a request of the corpus', () => {
  it('has the same environ through nginx and uwsgi as over HTTP, but for what is documented', GENEROUS, async () => {
    const [uwsgi, http] = [await start('uwsgi'), await start('http')]
    const nginx = await startNginx({ upstream: `127.0.0.1:${uwsgi.port}` })
    onTestFinished(() => nginx.stop())
    const differences = new Differences()
    let compared = 0
    for (const { name, bytes } of accepted) {
      uwsgi.seen.length = http.seen.length = 0
      const { response } = await exchange(nginx.port, bytes)
      await exchange(http.port, bytes)
      // A request behind it in the case is answered on the same connection, and is not what the case is about.
      const [theirs, ours] = [uwsgi.seen[0], http.seen[0]]
      expect([name, ours]).toEqual([name, expect.any(Object)])
      if (theirs === undefined) {
        expect([name, response?.status]).toEqual([name, expect.toSatisfy((status: number) => [400, 405, 501].includes(status))])
        differences.note('refused', name)
      } else {
        compared++
        differences.compare(name, theirs, ours!)
      }
    }
    expect(compared).toBeGreaterThan(140)
    expect(compareWithTable('Beside nginx', differences)).toEqual([])
  })
})
