// What our encoder writes and what front ends were recorded to send, sent to uWSGI as it is: uWSGI has to read the same variables out of it
// as we do.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, encodeUwsgi } from '../../src/index.js'
import { packetCases } from '../corpus/cases.js'
import { GENEROUS } from './front_end.js'
import { request } from './http.js'
import { contentOf, variablesOf } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { type RunningUwsgi, uwsgiForSuite } from './running_uwsgi.js'

interface Seen { environ: Record<string, string>, contentBytes: number, contentSha256: string }

/** What uWSGI adds of its own to an environ (PEP 3333). */
const ADDED = /^(wsgi|uwsgi)\./

async function seenBy (uwsgi: RunningUwsgi, bytes: Uint8Array): Promise<Seen> {
  const response = await request(uwsgi.peer.address, bytes, { method: 'GET' })
  const seen = JSON.parse(response.content.toString()) as Seen
  for (const name of Object.keys(seen.environ)) if (ADDED.test(name)) delete seen.environ[name]
  return seen
}

/** Front ends that speak uwsgi, in requests whose content was recorded with them. */
const recorded = packetCases.filter(({ file, isRequest, contentLength, bytes, byteLength }) =>
  /^(nginx|apache|lighttpd)-/.test(file) && isRequest && contentLength === bytes.length - byteLength)

describeWithPeers('uwsgi', 'packets that uWSGI reads', () => {
  const uwsgi = uwsgiForSuite({ listen: 'unix', app: 'environ', bufferSize: 65_535, options: ['--max-vars', '1000'] })

  describe('recorded', GENEROUS, () => {
    it.each(recorded)('$file', async ({ bytes, vars, byteLength }) => {
      const content = bytes.subarray(byteLength)
      const seen = await seenBy(uwsgi(), bytes)
      expect(seen).toEqual({
        environ: Object.fromEntries(vars), // the last one of repeated variables
        contentBytes: content.length,
        contentSha256: createHash('sha256').update(content).digest('hex')
      })
    })

    it('are many', () => {
      expect(recorded.length).toBeGreaterThan(50)
    })
  })

  describe('decoded and encoded again', GENEROUS, () => {
    it.each(recorded)('$file', async ({ bytes, vars, byteLength, file }) => {
      const head = decodeUwsgi(bytes)!
      const content = bytes.subarray(byteLength)
      const packet = encodeUwsgi(head, { set: { HTTP_X_FILE: file, QUERY_STRING: undefined } })
      const { environ, contentBytes } = await seenBy(uwsgi(), Buffer.concat([packet, content]))
      const expected = { ...Object.fromEntries(vars), HTTP_X_FILE: file } as Record<string, string>
      delete expected['QUERY_STRING']
      // What is repeated was joined when the head was read.
      expect(environ).toEqual({ ...expected, ...Object.fromEntries(Object.entries(head.environ).filter(([name]) => name in expected)) })
      expect(contentBytes).toBe(content.length)
    })
  })

  describe('encoded', GENEROUS, () => {
    it('from any variables', async () => {
      const byte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
      const text = (minLength: number, maxLength: number): fc.Arbitrary<string> => fc.string({ unit: byte, minLength, maxLength })
      const vars = fc.dictionary(text(1, 40).map(name => `HTTP_${name}`), text(0, 300), { maxKeys: 40, noNullPrototype: true })
      await fc.assert(fc.asyncProperty(vars, async generated => {
        const sent = variablesOf('GET', '/', generated)
        expect((await seenBy(uwsgi(), encodeUwsgi(sent))).environ).toEqual(sent)
      }), { numRuns: 50 })
    })

    it('as large as a packet can be', async () => {
      const vars = variablesOf('POST', '/', { CONTENT_LENGTH: '1000', HTTP_X_LARGE: '' })
      const room = 65_535 - (encodeUwsgi(vars).length - 4)
      vars['HTTP_X_LARGE'] = contentOf(room).toString('latin1')
      const packet = encodeUwsgi(vars)
      expect(packet.length).toBe(65_539)
      const seen = await seenBy(uwsgi(), Buffer.concat([packet, contentOf(1000)]))
      expect(seen.environ).toEqual(vars)
      expect(seen.contentSha256).toBe(createHash('sha256').update(contentOf(1000)).digest('hex'))
    })
  })
})
