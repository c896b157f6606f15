// What Python's own wsgiref.validate says of wsgiEnviron, for every recorded uwsgi request and every HTTP request of the corpus that is
// accepted.
import { describe, expect, it } from 'vitest'
import { decodeHttp, decodeUwsgi, wsgiEnviron } from '../src/index.js'
import { packetCases } from './corpus/cases.js'
import { httpCases } from './http_corpus.js'
import { packet, type Var } from './packet.js'
import { faultsOf, type Judged } from './wsgiref.js'

const streams = { input: null, errors: null }
const ofPacket = (name: string, bytes: Uint8Array, content = ''): Judged => [name, wsgiEnviron(decodeUwsgi(bytes)!, streams), content]

describe("Python's wsgiref.validate", () => {
  it('finds the faults that are there', () => {
    const good = ofPacket('good', packet([['REQUEST_METHOD', 'GET']]))[1]
    const faulty = (change: Record<string, unknown>): Record<string, unknown> => ({ ...good, ...change })
    const found = faultsOf([
      ['good', good, ''], ['method', faulty({ REQUEST_METHOD: undefined }), ''], ['name', faulty({ SERVER_NAME: '' }), ''],
      ['path', faulty({ PATH_INFO: 'x' }), ''], ['mount', faulty({ SCRIPT_NAME: '/' }), ''],
      ['scheme', faulty({ 'wsgi.url_scheme': 'ws' }), ''], ['type', faulty({ HTTP_CONTENT_TYPE: 'a/b' }), ''],
      ['value', faulty({ HTTP_X: 1 }), ''], ['query', faulty({ QUERY_STRING: undefined }), '']
    ])
    expect(found.map(([name]) => name)).toEqual(['method', 'name', 'path', 'mount', 'scheme', 'type', 'value', 'query'])
  })

  it('finds no fault with the environ of any recorded request', () => {
    // The one request that carries no server variables at all is no CGI request: a server has to refuse it.
    const requests = packetCases.filter(test =>
      test.isRequest && test.contentLength !== undefined && test.vars.some(([key]) => key === 'REQUEST_METHOD'))
    expect(requests.length).toBeGreaterThan(80)
    const environs = requests.map(({ file, bytes, byteLength, contentLength }) =>
      ofPacket(file, bytes, bytes.toString('latin1', byteLength, byteLength + contentLength!)))
    expect(faultsOf(environs)).toEqual([])
  })

  it('finds no fault with the environ of any HTTP request of the corpus', () => {
    const requests = httpCases.filter(test => !('error' in test.expect) || test.expect.before !== undefined)
    expect(requests.length).toBeGreaterThan(150)
    const environs = requests.map(({ name, bytes, options }): Judged => {
      const head = decodeHttp(bytes, options)!
      const length = head.framing.kind === 'length' ? head.framing.length : 0
      return [name, wsgiEnviron(head, streams), bytes.toString('latin1', head.byteLength, head.byteLength + Math.min(length, 100))]
    })
    expect(faultsOf(environs)).toEqual([])
  })

  it('finds none with what a front end may leave out or write differently', () => {
    const method: Var = ['REQUEST_METHOD', 'GET']
    const variants: ReadonlyArray<readonly Var[]> = [
      [], [['SCRIPT_NAME', '/']], [['SCRIPT_NAME', 'app'], ['PATH_INFO', 'x']], [['PATH_INFO', '*']], [['PATH_INFO', '']],
      [['SERVER_NAME', '']], [['SERVER_PORT', ''], ['HTTPS', 'on']], [['CONTENT_LENGTH', '']], [['CONTENT_LENGTH', '000']],
      [['HTTP_CONTENT_TYPE', 'a/b']], [['HTTP_CONTENT_LENGTH', 'x']], [['wsgi.version', '1']],
      [['wsgi.input', 'x'], ['wsgi.url_scheme', 'ws']], [['HTTP_X', '\u0000\u00FF']], [['__proto__', 'x']]
    ]
    expect(faultsOf(variants.map((vars, i) => ofPacket(`${i}`, packet([method, ...vars]))))).toEqual([])
    expect(faultsOf([ofPacket('PURGE', packet([['REQUEST_METHOD', 'PURGE']]))])).toEqual([])
  })
})
