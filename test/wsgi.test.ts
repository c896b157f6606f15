// wsgiEnviron: what PEP 3333 asks for. What Python's own validator says of it: wsgiref.test.ts.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, type RequestHead, wsgiEnviron, type WsgiServer } from '../src/index.js'
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

  it.each<[Array<[string, string]>, string, string]>([
    [[['SCRIPT_NAME', '/app'], ['PATH_INFO', '/x']], '/app', '/x'], [[['SCRIPT_NAME', ''], ['PATH_INFO', '']], '', ''], [[], '', ''],
    [[['SCRIPT_NAME', '/app']], '/app', ''], [[['PATH_INFO', '//x']], '', '//x'], [[['SCRIPT_NAME', '/app/']], '/app/', ''],
    [[['SCRIPT_NAME', '/'], ['PATH_INFO', '/x']], '', '/x'], [[['SCRIPT_NAME', '/'], ['PATH_INFO', 'x']], '', '/x'],
    [[['SCRIPT_NAME', '/'], ['PATH_INFO', '']], '', '/'], [[['SCRIPT_NAME', '/']], '', '/'],
    [[['SCRIPT_NAME', 'app'], ['PATH_INFO', 'x']], '/app', '/x'], [[['PATH_INFO', '*']], '', ''], [[['PATH_INFO', '/*']], '', '/*']
  ])('makes of the paths %j the mount point %j and the path %j', (given, mount, path) => {
    const environ = environOf(given)
    expect([environ['SCRIPT_NAME'], environ['PATH_INFO']]).toEqual([mount, path])
  })

  it.each<[Var[], string, string]>([
    [[], 'localhost', '80'], [[['SERVER_NAME', ''], ['SERVER_PORT', '']], 'localhost', '80'], [[['HTTPS', 'on']], 'localhost', '443'],
    [[['REQUEST_SCHEME', 'https'], ['SERVER_NAME', 'a'], ['SERVER_PORT', '']], 'a', '443'],
    [[['SERVER_NAME', '0'], ['SERVER_PORT', '0']], '0', '0'], [[['HTTP_HOST', 'b:81']], 'localhost', '80']
  ])('knows of %j a server, since there is always one', (given, name, port) => {
    const environ = environOf(given)
    expect([environ['SERVER_NAME'], environ['SERVER_PORT']]).toEqual([name, port])
  })

  it('adds an empty QUERY_STRING, but no method, protocol, type or length that nobody sent', () => {
    expect(environOf([])['QUERY_STRING']).toBe('')
    expect(environOf([['QUERY_STRING', 'a=b']])['QUERY_STRING']).toBe('a=b')
    const bare = environOf([])
    for (const name of ['REQUEST_METHOD', 'SERVER_PROTOCOL', 'CONTENT_TYPE', 'CONTENT_LENGTH']) expect(bare).not.toHaveProperty([name])
  })

  it('leaves the head as it was', () => {
    const head = decodeUwsgi(packet([['SCRIPT_NAME', '/'], ['PATH_INFO', 'x'], ['SERVER_NAME', '']]))!
    wsgiEnviron(head, server)
    expect({ ...head.environ }).toEqual({ SCRIPT_NAME: '/', PATH_INFO: 'x', SERVER_NAME: '' })
    expect(head.has('SERVER_PORT')).toBe(false)
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
