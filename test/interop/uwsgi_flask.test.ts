// Our client and a Flask application that runs under uWSGI: requests, content both ways, and what the application sees.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { GENEROUS, until } from './front_end.js'
import { contentOf, KIB, MIB, variablesOf } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { uwsgiForSuite } from './running_uwsgi.js'

const EVERY_BYTE = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))

/** What uWSGI adds to an environ of its own (PEP 3333, uwsgi docs). */
const ADDED = /^(wsgi|uwsgi|werkzeug|flask)\./

function withoutAdded (environ: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(environ).filter(([name]) => !ADDED.test(name)))
}

async function collect (pieces: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const collected: Buffer[] = []
  for await (const piece of pieces) collected.push(Buffer.from(piece))
  return collected
}

describeWithPeers('flask', 'our client to Flask under uWSGI', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const uwsgi = uwsgiForSuite({ listen })

    it('a small page', async () => {
      const response = await uwsgi().get('/')
      expect(response).toMatchObject({ status: 200, reason: 'OK' })
      expect(response.headers).toEqual([['Content-Type', 'text/html; charset=utf-8'], ['Content-Length', '58']])
      expect(await response.text()).toBe('<!doctype html><title>peer</title><p>hello from Flask</p>\n')
    })

    it('repeated field lines', async () => {
      const { headers } = await uwsgi().get('/cookies')
      const cookies = headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)
      expect(cookies).toEqual(['first=1; Path=/', 'second=2; Path=/; HttpOnly'])
    })

    it.each([0, 1, 64 * KIB, MIB])('a POST of %i bytes comes back', async size => {
      const content = contentOf(size)
      const response = await uwsgi().send({ vars: variablesOf('POST', '/echo', { CONTENT_TYPE: 'text/x-test' }), content })
      expect(response.status).toBe(200)
      expect(response.headers).toContainEqual(['Content-Length', String(size)])
      expect(Buffer.from(await response.bytes()).equals(content)).toBe(true)
    })

    it('1 MiB in pieces, sent as they are made', async () => {
      const content = contentOf(MIB)
      async function * pieces (): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < MIB; at += 100_003) {
          yield content.subarray(at, at + 100_003)
          await sleep(1)
        }
      }
      const response = await uwsgi().send({ vars: variablesOf('POST', '/echo', { CONTENT_LENGTH: String(MIB) }), content: pieces() })
      expect(Buffer.concat(await collect(response.content)).equals(content)).toBe(true)
    })

    it('1 MB down', async () => {
      const response = await uwsgi().get('/big?bytes=1000003')
      const bytes = await response.bytes()
      expect(bytes.length).toBe(1_000_003)
      expect(bytes.every((byte, index) => byte === index % 256)).toBe(true)
    })

    it('a streamed response, part by part', async () => {
      const gate = path.join(uwsgi().peer.folder, 'gate')
      const response = await uwsgi().get(`/gated?gate=${gate}`)
      expect(response.headers.some(([name]) => name === 'Content-Length')).toBe(false)
      const parts: string[] = []
      for await (const part of response.content) {
        parts.push(Buffer.from(part).toString())
        await writeFile(gate, '')
      }
      expect(parts).toEqual(['part 0\n', 'part 1\n'])
    })

    it.each([204, 304])('%i has no content', async status => {
      const response = await uwsgi().get(`/${status}`)
      expect(response.status).toBe(status)
      expect(await response.bytes()).toHaveLength(0)
    })

    it.each(['/', '/big', '/stream', '/echo', '/environ', '/cookies'])('HEAD %s has no content', async target => {
      const response = await uwsgi().send({ vars: variablesOf('HEAD', target) })
      expect(response.status).toBe(200)
      expect(await response.bytes()).toHaveLength(0)
      if (target === '/big') expect(response.headers).toContainEqual(['Content-Length', '1000000'])
    })

    const failures = [['GET', '/error', 500], ['GET', '/nowhere', 404], ['DELETE', '/big', 405]] as const
    it.each(failures)('%s %s is %i', async (method, target, status) => {
      const response = await uwsgi().send({ vars: variablesOf(method, target) })
      expect(response.status).toBe(status)
      expect(await response.text()).toContain('<title>')
    })

    it('100 requests at once', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
        const content = `request ${i} ${'x'.repeat(i * 100)}`
        const response = await uwsgi().send({ vars: variablesOf('POST', '/echo'), content })
        return await response.text() === content
      }))
      expect(answers).toEqual(Array(100).fill(true))
    })
  })

  describe('what the application sees', GENEROUS, () => {
    const uwsgi = uwsgiForSuite({ listen: 'unix', bufferSize: 65_535, options: ['--max-vars', '1000'] })

    it('equals what was sent', async () => {
      const more = { CONTENT_LENGTH: '', SCRIPT_NAME: '', HTTP_X_TEST: 'yes', HTTP_COOKIE: 'a=1; b=2', EMPTY: '', OWN_NAME: 'x' }
      const vars = variablesOf('GET', '/environ?a=%20b', more)
      expect(withoutAdded(await uwsgi().environ(vars))).toEqual(vars)
    })

    it('byte by byte', async () => {
      const vars = variablesOf('GET', '/environ', { HTTP_X_BYTES: EVERY_BYTE, HTTP_X_REVERSED: [...EVERY_BYTE].reverse().join('') })
      for (let byte = 0; byte < 256; byte++) vars[`HTTP_BYTE_${byte}`] = String.fromCharCode(byte)
      vars[`KEY ${EVERY_BYTE}`] = 'any byte may be in a key'
      expect(withoutAdded(await uwsgi().environ(vars))).toMatchObject(vars)
    })

    it('also of values given as bytes, and of nearly 64 KiB', async () => {
      const bytes = contentOf(60_000)
      const pairs: Array<[string, string | Uint8Array]> = [...Object.entries(variablesOf('GET', '/environ')), ['HTTP_X_LARGE', bytes]]
      expect((await uwsgi().environ(pairs))['HTTP_X_LARGE']).toBe(bytes.toString('latin1'))
    })

    it('the last one of repeated variables', async () => {
      const repeated: Array<[string, string]> = [['HTTP_X_TEST', 'first'], ['OWN', '1'], ['HTTP_X_TEST', 'last'], ['OWN', '2']]
      const seen = await uwsgi().environ([...Object.entries(variablesOf('GET', '/environ')), ...repeated])
      expect(seen).toMatchObject({ HTTP_X_TEST: 'last', OWN: '2' })
    })

    it('1000 variables', async () => {
      const vars = variablesOf('GET', '/environ')
      for (let i = 0; i < 1000; i++) vars[`HTTP_X_${i}`] = `value ${i}`
      expect(withoutAdded(await uwsgi().environ(vars))).toMatchObject(vars)
    })

    it('the length of content that has none in the variables', async () => {
      const seen = await uwsgi().environ(variablesOf('POST', '/environ'), 'four')
      expect(seen['CONTENT_LENGTH']).toBe('4')
    })

    it('the modifiers select the plugin: 30 is Python too', async () => {
      const response = await uwsgi().send({ vars: variablesOf('GET', '/'), modifier1: 30 })
      expect(await response.text()).toContain('hello from Flask')
    })
  })

  describe('a server that keeps the connection', GENEROUS, () => {
    const uwsgi = uwsgiForSuite({ listen: 'tcp', protocol: 'puwsgi' })

    it('does not keep the client waiting for its end', async () => {
      const response = await uwsgi().get('/')
      expect(await response.text()).toContain('hello from Flask')
    })
  })

  describe('its log', GENEROUS, () => {
    const uwsgi = uwsgiForSuite({ listen: 'tcp' })

    it('knows every request that was answered', async () => {
      for (let i = 0; i < 3; i++) expect(await (await uwsgi().get(`/echo?number=${i}`)).text()).toBe('')
      // Several workers write it, so the lines come in any order.
      const lines = (): string[] => uwsgi().peer.log().match(/GET \/echo\?number=\d => generated 0 bytes/g) ?? []
      await until(() => lines().length >= 3)
      expect(lines().map(line => line.match(/\d/)![0]).sort()).toEqual(['0', '1', '2'])
    })
  })
})
