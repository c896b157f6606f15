// Node's HTTP clients, pipelined requests as bytes, and wrk, with our front end and Flask behind it.
import { once } from 'node:events'
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GENEROUS } from './front_end.js'
import { exchange, responsesIn } from './http.js'
import { chunked, contentOf, get, head, KIB, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { runWrk } from './peers/wrk.js'
import { siteForSuite } from './site.js'

interface Answer {
  readonly status: number
  readonly content: Buffer
  /** The client's port, which tells connections apart. */
  readonly port: number | undefined
}

async function answerTo (sent: ClientRequest): Promise<Answer> {
  const [response] = await once(sent, 'response') as [IncomingMessage]
  const port = response.socket.localPort
  const pieces = await response.toArray() as Buffer[]
  return { status: response.statusCode!, content: Buffer.concat(pieces), port }
}

describeWithPeers('flask', "Node's clients and Flask behind gatewire proxy", () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen })

    function agentFor (maxSockets: number): (target: string, options?: RequestOptions) => ClientRequest {
      const agent = new Agent({ keepAlive: true, maxSockets })
      onTestFinished(() => agent.destroy())
      return (path, options = {}) => httpRequest({ host: '127.0.0.1', port: site().front.port, agent, path, ...options })
    }

    it('requests of all kinds on one connection', async () => {
      const start = agentFor(1)
      const content = contentOf(64 * KIB)
      const answers = []
      for (let round = 0; round < 3; round++) {
        answers.push(
          await answerTo(start('/').end()),
          await answerTo(start('/echo', { method: 'POST' }).end(content)),
          await answerTo(start('/big', { method: 'HEAD' }).end()),
          await answerTo(start('/stream?parts=3').end()),
          await answerTo(start('/204').end()),
          await answerTo(start('/nowhere').end()))
      }
      expect(answers.map(answer => answer.status)).toEqual([1, 2, 3].flatMap(() => [200, 200, 200, 200, 204, 404]))
      expect(new Set(answers.map(answer => answer.port)).size).toBe(1)
      expect(answers.filter((_, i) => i % 6 === 1).every(answer => answer.content.equals(content))).toBe(true)
      expect(answers[2]!.content).toHaveLength(0)
      expect(String(answers[3]!.content)).toBe('part 0\npart 1\npart 2\n')
    })

    it('content that is written bit by bit, in chunks', async () => {
      const content = contentOf(300_000)
      const sent = agentFor(1)('/echo', { method: 'PUT' })
      const answer = answerTo(sent)
      for (let at = 0; at < content.length; at += 50_000) {
        sent.write(content.subarray(at, at + 50_000))
        await sleep(2)
      }
      sent.end()
      expect((await answer).content.equals(content)).toBe(true)
    })

    it('content that is held back until 100 Continue comes', async () => {
      const content = contentOf(MIB)
      const sent = agentFor(1)('/echo', { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': MIB } })
      const answer = answerTo(sent)
      sent.flushHeaders()
      await once(sent, 'continue')
      sent.end(content)
      expect((await answer).content.equals(content)).toBe(true)
    })

    it('fetch: a stream up, and a page', async () => {
      const content = contentOf(200_000)
      const body = new Blob([content]).stream()
      const response = await fetch(`${site().front.url}/echo`, { method: 'POST', body, duplex: 'half' })
      expect(Buffer.from(await response.arrayBuffer()).equals(content), 'the content').toBe(true)
      expect(await (await fetch(site().front.url)).text()).toContain('hello from Flask')
    })

    it('100 at once over 8 connections', async () => {
      const start = agentFor(8)
      const answers = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
        const content = contentOf(1000 * i)
        const answer = await answerTo(start('/echo', { method: 'POST' }).end(content))
        return { whole: answer.content.equals(content), port: answer.port }
      }))
      expect(answers.every(answer => answer.whole)).toBe(true)
      expect(new Set(answers.map(answer => answer.port)).size).toBe(8)
    })

    it('a client that goes does not disturb the next', async () => {
      const start = agentFor(4)
      for (let i = 0; i < 3; i++) {
        const sent = start('/stream?parts=100&pause=0.05')
        sent.end()
        const [response] = await once(sent, 'response') as [IncomingMessage]
        await once(response, 'data')
        sent.destroy()
        response.on('error', () => {}) // it was cut
      }
      expect((await answerTo(start('/').end())).status).toBe(200)
    })

    it('pipelined requests are answered in their order', async () => {
      const content = contentOf(10 * KIB)
      const requests: Array<readonly [method: string, bytes: string | Uint8Array]> = [
        ['GET', get('/slow?seconds=0.2')],
        ['POST', post('/echo', content)],
        ['HEAD', head('HEAD', '/big', [])],
        ['POST', chunked('/echo', [content.subarray(0, 1), content.subarray(1)])],
        ['GET', get('/stream?parts=2')],
        ['GET', get('/204')],
        ['GET', get('/echo', 'Connection: close')]
      ]
      const bytes = Buffer.concat(requests.map(([, bytes]) => Buffer.from(bytes as string, 'latin1')))
      const { received, end } = await exchange(site().front.port, bytes, { untilClose: true })
      expect(end).toBe('closed')
      const responses = responsesIn(received, requests.map(([method]) => method))
      expect(responses.map(({ status, framing }) => [status, framing])).toEqual(
        [[200, 'length'], [200, 'length'], [200, 'none'], [200, 'length'], [200, 'chunked'], [204, 'none'], [200, 'length']])
      expect(String(responses[0]!.content)).toBe('slept\n')
      expect(responses[1]!.content.equals(content)).toBe(true)
      expect(responses[3]!.content.equals(content)).toBe(true)
      expect(String(responses[4]!.content)).toBe('part 0\npart 1\n')
    })

    it('after a refused one of pipelined requests nothing is answered', async () => {
      const bytes = get('/') + get('/', 'Transfer-Encoding: chunked', 'Content-Length: 3') + get('/nowhere')
      const { received, end } = await exchange(site().front.port, bytes, { untilClose: true })
      expect(end).toBe('closed')
      expect(responsesIn(received, ['GET', 'GET']).map(response => response.status)).toEqual([200, 400])
    })
  })
})

describeWithPeers(['wrk', 'uwsgi'], 'wrk and an application under uWSGI behind gatewire proxy', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen, app: 'wsgi' })

    it('every request of two seconds is answered', async () => {
      const report = await runWrk(`${site().front.url}/`, { connections: 16, seconds: 2 })
      expect(report, report.text).toMatchObject({ refused: 0, socketErrors: 0 })
      expect(report.requests).toBeGreaterThan(16)
    })
  })
})
