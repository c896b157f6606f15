// Every request of the corpus that is refused, with another one behind it, against the running command: nothing behind a refusal is ever
// handled, whatever the transport and however the bytes are cut. And what handlers may say never ends a line of a response.
import { describe, expect, test } from 'vitest'
import { FrontEnd } from '../front_end.js'
import { Client, request, responsesOf } from '../http_peer.js'
import { httpCases, isFaulty } from '../http_corpus.js'
import { attackedServe, record, sized, TRANSPORTS } from './attacked.js'

/** What an attacker hides behind a refused request; twice, since content that is due may swallow the first. */
const HIDDEN = request('/attack').repeat(2)
/** The command has no options for them, so cases that need some are not for it. */
const refused = httpCases.filter(test => isFaulty(test) && Object.keys(test.options).length === 0)

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('no connection is used again after a refusal', async () => {
    const server = await attackedServe({ transport })
    const before = server.descriptors()
    const cuts = sized(1, 8)
    let sent = 0
    for (let from = 0; from < refused.length; from += 40) {
      await Promise.all(refused.slice(from, from + 40).flatMap(({ name, bytes, expect: expected }) => Array.from({ length: cuts }, async (_, i) => {
        const all = Buffer.concat([Buffer.from(i % 2 === 0 ? '' : request('/hello'), 'latin1'), bytes, Buffer.from(HIDDEN, 'latin1')])
        const peer = new FrontEnd(server.port)
        await peer.connected
        const cut = Math.floor(all.length * i / cuts)
        if (i > 1) {
          peer.send(all.subarray(0, cut))
          await new Promise(resolve => setTimeout(resolve, 5))
        }
        peer.send(i > 1 ? all.subarray(cut) : all)
        const responses = responsesOf(await peer.response()) // until the server has closed
        sent++
        // Where the fault is in content, the handler may have answered before it came.
        const last = responses.at(-1)!
        if ('error' in expected && expected.before === undefined) expect([name, last.status, last.fields.get('connection')]).toEqual([name, expected.status, 'close'])
      })))
    }
    const counts = await server.counts()
    expect(counts.attack).toBe(0)
    // The connections are closed by both sides.
    await expect.poll(() => server.descriptors()).toBeLessThanOrEqual(before + 1)
    record('requests hidden behind refused ones', transport, { 'refused cases': refused.length, sent, 'hidden requests handled': counts.attack })
  })

  test('nothing that a handler says ends a line', async () => {
    const server = await attackedServe({ transport })
    const client = new Client(server.port)
    const injection = 'X-Injected: 1'
    const endings = ['\r\n', '\n', '\r', '\r\n ', '\r\n\r\n', '\0', '\x0B', '\x0C', '\x85\r\n', '\u008D\u008A']
    const targets: string[] = []
    for (const ending of endings) {
      for (const [name, value] of [['X-Field', `a${ending}${injection}`], [`X-Field${ending}${injection}`, 'a'], [`X-Field: a${ending}${injection}`, 'a'], ['X-Field', `${ending}${injection}`], ['X-Field', `a${ending}`]] as const) {
        targets.push(`/field?name=${hex(name)}&value=${hex(value)}`)
      }
      targets.push(`/status?value=${hex(`200 OK${ending}${injection}`)}`, `/status?value=${hex(`200${ending}${injection}`)}`)
    }
    for (const [name, value] of [['Transfer-Encoding', 'chunked'], ['transfer-encoding ', 'chunked'], ['Content-Length', '5, 6'], ['Content-Length', '-1'], ['Content-Length', '0x6'], ['Status', '200'], ['', 'x']] as const) {
      targets.push(`/field?name=${hex(name)}&value=${hex(value)}`)
    }
    // One after the other on one connection: had one been split, the rest would be answered by the wrong response.
    for (const [i, target] of targets.entries()) {
      client.send(request(target))
      const responses = await client.wait(i + 1)
      expect([target, responses.length]).toEqual([target, i + 1])
      const { status, fields, body, head } = responses[i]!
      expect(fields.has('x-injected')).toBe(false)
      // U+0085 and U+008A are bytes like others to HTTP, and stay within their line.
      if (status === 200 && target.startsWith('/field')) expect(head.split('\r\n').filter(line => line.startsWith('X-Field: '))).toHaveLength(1)
      else if (status !== 200) expect([target, status, body]).toEqual([target, 500, 'Internal Server Error\n'])
    }
    client.send(request('/hello'))
    expect((await client.wait(targets.length + 1)).at(-1)?.body).toBe('hello\n')
    record('response splitting', transport, { attempts: targets.length, split: 0 })
  })
})
