// The same requests through nginx and uwsgi_pass, and over HTTP, to two servers with one handler: their environs agree, but for what
// docs/http-support.md says. The requests are those of the corpus that are accepted.
import { expect, it } from 'vitest'
import { compareWithTable, Differences } from '../documented_differences.js'
import { httpCases } from '../http_corpus.js'
import { GENEROUS } from './front_end.js'
import { describeWithPeers } from './peers/availability.js'
import { startTwoWays } from './two_ways.js'

const accepted = httpCases.filter(({ expect, options }) => !('error' in expect) && Object.keys(options).length === 0)

describeWithPeers('nginx', 'a request of the corpus', () => {
  it('has the same environ through nginx and uwsgi as over HTTP, but for what is documented', GENEROUS, async () => {
    const ask = await startTwoWays()
    const differences = new Differences()
    let compared = 0
    for (const { name, bytes } of accepted) {
      const { throughNginx: theirs, overHttp: ours, status } = await ask(bytes)
      expect([name, ours]).toEqual([name, expect.any(Object)])
      if (theirs === undefined) {
        expect([name, status]).toEqual([name, expect.toSatisfy((status: number) => [400, 405, 501].includes(status))])
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
