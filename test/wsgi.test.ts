// wsgiEnviron: what PEP 3333 asks for, also in the words of Python's own validator.
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, type RequestHead, wsgiEnviron, type WsgiServer } from '../src/index.js'
import { packetCases } from './corpus/cases.js'
import { ordinary, packet, type Var } from './packet.js'
import { mistake } from './verdicts.js'

const server = { input: { read: 'input' }, errors: { write: 'errors' } }
const environOf = (vars: readonly Var[], wsgi: WsgiServer = server): Record<string, unknown> =>
  wsgiEnviron(decodeUwsgi(packet(vars))!, wsgi)
const vars: readonly Var[] = ordinary

describe('wsgiEnviron', () => {
  it('adds the keys of the server to the variables', () => {
    const environ = environOf(vars)
    expect(environ).toEqual({
      ...Object.fromEntries(vars),
      SCRIPT_NAME: '',
      'wsgi.version': [1, 0],
      'wsgi.url_scheme': 'http',
      'wsgi.input': server.input,
      'wsgi.errors': server.errors,
      'wsgi.multithread': false,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
      'wsgi.input_terminated': true
    })
    expect([environ['wsgi.input'], environ['wsgi.errors']].map((value, i) => value === [server.input, server.errors][i]))
      .toEqual([true, true])
  })

  it('says how the application is run', () => {
    const environ = environOf(vars, { ...server, multithread: true, multiprocess: true, runOnce: true })
    expect([environ['wsgi.multithread'], environ['wsgi.multiprocess'], environ['wsgi.run_once']]).toEqual([true, true, true])
  })

  it('is a fresh object each time, and not the environ of the head', () => {
    const head = decodeUwsgi(packet(vars))!
    const plain = { ...head.environ }
    const first = wsgiEnviron(head, server)
    first['PATH_INFO'] = 'changed'
    ;(first['wsgi.version'] as number[])[0] = 9
    expect(wsgiEnviron(head, server)).toMatchObject({ PATH_INFO: '/x', 'wsgi.version': [1, 0] })
    expect({ ...head.environ }).toEqual(plain)
    head.environ['ADDED'] = 'later'
    expect(wsgiEnviron(head, server)).not.toHaveProperty('ADDED')
  })

  it('inherits nothing', () => {
    const environ = environOf([...vars, ['__proto__', 'p']])
    expect([environ['toString'], Object.hasOwn(environ, '__proto__'), environ['__proto__']]).toEqual([undefined, true, 'p'])
  })

  it.each<[Var[], string]>([
    [[], 'http'], [[['HTTPS', 'on']], 'https'], [[['HTTPS', 'ON']], 'https'], [[['HTTPS', '1']], 'https'], [[['HTTPS', 'off']], 'http'],
    [[['HTTPS', '']], 'http'], [[['HTTPS', '0']], 'http'], [[['REQUEST_SCHEME', 'https']], 'https'], [[['REQUEST_SCHEME', 'http']], 'http'],
    [[['HTTPS', 'on'], ['REQUEST_SCHEME', 'http']], 'https'], [[['HTTP_X_FORWARDED_PROTO', 'https']], 'http'],
    [[['UWSGI_SCHEME', 'https']], 'http'],
    [[['HTTP_X_FORWARDED_SSL', 'on']], 'http'], [[['HTTP_HTTPS', 'on']], 'http'], [[['REQUEST_SCHEME', 'javascript']], 'http']
  ])('takes the scheme of %j to be %s', (given, scheme) => {
    expect(environOf(given)['wsgi.url_scheme']).toBe(scheme)
  })

  it('keeps SCRIPT_NAME, and makes an empty one when there is none', () => {
    expect(environOf([['SCRIPT_NAME', '/app']])['SCRIPT_NAME']).toBe('/app')
    expect(environOf([['SCRIPT_NAME', '']])['SCRIPT_NAME']).toBe('')
    expect(environOf([])['SCRIPT_NAME']).toBe('')
  })

  it('leaves out what PEP 3333 knows under other names, and the transfer coding that is gone', () => {
    const environ = environOf([...vars, ['HTTP_CONTENT_TYPE', 'a/b'], ['HTTP_CONTENT_LENGTH', '77'], ['HTTP_TRANSFER_ENCODING', 'chunked'],
      ['HTTP_CONTENT', 'x']])
    for (const name of ['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH', 'HTTP_TRANSFER_ENCODING']) expect(environ).not.toHaveProperty([name])
    expect(environ).toMatchObject({ CONTENT_TYPE: '', CONTENT_LENGTH: '', HTTP_CONTENT: 'x' })
  })

  it('drops every wsgi.* key of the peer', () => {
    const sent = ['version', 'url_scheme', 'input', 'errors', 'multithread', 'multiprocess', 'run_once', 'input_terminated', 'file_wrapper',
      '', 'x']
    const environ = environOf([...vars, ...sent.map((key): Var => [`wsgi.${key}`, 'https']), ['wsgi', 'kept'], ['WSGI.X', 'kept']])
    expect(environ).toEqual({ ...environOf(vars), wsgi: 'kept', 'WSGI.X': 'kept' })
  })

  it('refuses what is no head of this package', () => {
    for (const head of [undefined, null, {}, 'head', { fields: () => [] }]) {
      expect(mistake(() => wsgiEnviron(head as unknown as RequestHead, server))).toBe('TypeError ERR_INVALID_ARG_TYPE')
    }
    for (const wsgi of [undefined, null, 'wsgi']) {
      expect(mistake(() => wsgiEnviron(decodeUwsgi(packet(vars))!, wsgi as unknown as WsgiServer))).toBe('TypeError ERR_INVALID_ARG_TYPE')
    }
  })
})

// The streams are made by the script; JSON has no tuples, so it makes the version one, too.
const VALIDATE = `
import io, json, sys, warnings
from wsgiref.validate import check_environ, InputWrapper, ErrorWrapper
warnings.simplefilter('error')
for name, environ in json.load(sys.stdin):
    environ['wsgi.version'] = tuple(environ['wsgi.version'])
    environ['wsgi.input'] = io.BytesIO()
    environ['wsgi.errors'] = io.StringIO()
    try:
        check_environ(environ)
    except Exception as fault:
        print(name, repr(fault))
`

describe("Python's wsgiref.validate", () => {
  it('finds no fault with the environ of any recorded request', () => {
    // The one request that carries no server variables at all is no CGI request: a server has to refuse it.
    const requests = packetCases.filter(test =>
      test.isRequest && test.contentLength !== undefined && test.vars.some(([key]) => key === 'REQUEST_METHOD'))
    expect(requests.length).toBeGreaterThan(60)
    const environs = requests.map(({ file, bytes }) => [file, wsgiEnviron(decodeUwsgi(bytes)!, { input: null, errors: null })])
    expect(execFileSync('python3', ['-c', VALIDATE], { input: JSON.stringify(environs), encoding: 'utf8' })).toBe('')
  })
})
