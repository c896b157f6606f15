// Input at random, for property tests: bytes that begin like something, options that are right or anything at all, places to cut.
import fc from 'fast-check'
import type { DecodeOptions, EncodeOptions, Limits } from '../src/index.js'
import { packetCases } from './corpus/cases.js'
import { httpCases } from './http_corpus.js'
import { responseCases } from './response_corpus.js'

const character = fc.nat(255).map(code => String.fromCharCode(code))
export const latin1Text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: character, maxLength })
const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** Recorded and hand-written bytes with some of them changed, removed or put in. */
function damaged (originals: readonly Buffer[], pieces: readonly string[]): fc.Arbitrary<Buffer> {
  const small = originals.filter(({ length }) => length < 3000)
  const piece = fc.oneof(fc.constantFrom(...pieces, ''), character, latin1Text(4))
  const changes = fc.array(fc.record({ at: part, remove: fc.oneof(fc.constant(0), fc.nat(2), fc.nat(20)), insert: piece }),
    { maxLength: 3 })
  return fc.tuple(fc.constantFrom(...small), changes).map(([original, changes]) => {
    const text = changes.reduce((text, { at, remove, insert }) => {
      const place = Math.floor(at * text.length)
      return text.slice(0, place) + insert + text.slice(place + remove)
    }, original.toString('latin1'))
    return Buffer.from(text, 'latin1')
  })
}

const noise = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes))
const line = ['\r\n', '\n', '\r', ' ', '\t', ':', ',', '0\r\n\r\n', 'Content-Length: 3\r\n', 'Host: b\r\n', 'X_A: 1\r\n', 'HTTP/1.1 ',
  'A: b\r\n']
const http = damaged(httpCases.map(({ bytes }) => bytes), [...line, 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n',
  'Upgrade: x\r\n', '5;a=b\r\n'])

export const httpBytes: fc.Arbitrary<Buffer> = fc.oneof({ weight: 9, arbitrary: http }, noise)
/** Several requests, one behind the other. */
export const httpStream: fc.Arbitrary<Buffer> = fc.oneof(fc.array(http, { minLength: 1, maxLength: 3 }).map(all => Buffer.concat(all)),
  noise)
export const uwsgiBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 9, arbitrary: damaged(packetCases.map(({ bytes }) => bytes), ['\0\0', '\x01\0A', '\x0E\0CONTENT_LENGTH\x01\x005']) }, noise)
export const responseBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 9, arbitrary: damaged(responseCases.map(({ bytes }) => bytes), [...line, 'Status: 200\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n']) }, noise)

/** Offsets at which bytes of a length are cut. */
export const cuts: fc.Arbitrary<(length: number) => number[]> = fc.oneof(
  fc.array(part, { maxLength: 8 }).map(parts => (length: number) => parts.map(at => Math.floor(at * (length + 1))).sort((a, b) => a - b)),
  fc.integer({ min: 1, max: 40 }).map(size => (length: number) => Array.from({ length: Math.floor(length / size) }, (_,
    i) => (i + 1) * size))
)

const at = (max: number): fc.Arbitrary<number> => fc.oneof(fc.nat(max), fc.nat(Math.min(max, 40)), fc.constant(max))
export const limits: fc.Arbitrary<Partial<Limits>> = fc.record({
  maxPacketBytes: at(65535), maxVars: at(13107), maxContentBytes: at(Number.MAX_SAFE_INTEGER), maxRequestLineBytes: at(65535),
    maxFieldLineBytes: at(65535),
  maxFieldLines: at(1000), maxHeadBytes: at(65535), maxChunkLineBytes: at(65535), maxChunkOverheadBytes: at(2 ** 32 - 1),
    maxTrailerBytes: at(65535),
  maxTrailerLines: at(1000)
}, { requiredKeys: [] })
const connection = fc.record({
  remoteAddress: fc.constantFrom('192.0.2.1', '::1', '::ffff:192.0.2.9'), remotePort: fc.nat(65535),
    localAddress: fc.constantFrom('127.0.0.1', '::'),
  localPort: fc.nat(65535), serverName: fc.constantFrom('h', '::1', '[::1]', 'x'.repeat(255)), scheme: fc.constantFrom('http' as const,
    'https' as const)
}, { requiredKeys: [] })
const others = {
  connection, mount: fc.constantFrom('', '/app', '/a b', '/\xFF'), underscores: fc.constantFrom('drop' as const, 'refuse' as const,
    'keep' as const),
  duplicates: fc.constantFrom('join' as const, 'last' as const, 'refuse' as const)
}
export const options: fc.Arbitrary<DecodeOptions> = fc.record({ limits, ...others }, { requiredKeys: [] })
/** Limits as they are, and everything else at random. */
export const roomyOptions: fc.Arbitrary<DecodeOptions> = fc.record(others, { requiredKeys: [] })

const replaced = fc.constantFrom('HTTP_HOST', 'HTTP_COOKIE', 'HTTP_X_A', 'PATH_INFO', 'CONTENT_LENGTH', 'REMOTE_ADDR', 'HTTPS', 'NEW',
  '__proto__')
export const encodeOptions: fc.Arbitrary<EncodeOptions> = fc.record({
  modifier1: fc.nat(255), modifier2: fc.nat(255), set: fc.dictionary(replaced, fc.option(latin1Text(40), { nil: undefined }))
}, { requiredKeys: [] })

const key = fc.constantFrom('limits', 'connection', 'mount', 'underscores', 'duplicates', 'modifier1', 'modifier2', 'set', 'protocol',
  'method', 'maxVars', 'remotePort')
/** What no type checker would let through. */
export const anyOptions: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything(), fc.dictionary(key, fc.oneof(fc.anything(), fc.dictionary(key, fc.anything()))),
  fc.tuple(options, key, fc.anything()).map(([right, name, value]) => ({ ...right, [name]: value })))
