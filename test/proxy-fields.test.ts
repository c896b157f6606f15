// What the front end for uwsgi servers does to fields: what clients say in the name of front ends, fields of one hop, trust.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ConnectionFacts, decodeHttp, decodeUwsgi, encodeUwsgi, type Environ } from '../src/index.js'
import { changesOf } from '../src/proxy/forward.js'
import { endToEndFields } from '../src/proxy/hop_by_hop.js'
import { trust } from '../src/proxy/trust.js'

const PEER = { remoteAddress: '192.0.2.7', remotePort: 4711, localAddress: '192.0.2.1', localPort: 80 }

interface Given {
  connection?: ConnectionFacts
  trusted?: readonly string[]
  underscores?: 'keep'
}

/** What the application gets of a request with these field lines. */
function environOf (lines: readonly string[], { connection = PEER, trusted = [], underscores }: Given = {}): Environ {
  const text = ['GET /x?y HTTP/1.1', 'Host: example.test', ...lines, '', ''].join('\r\n')
  const head = decodeHttp(Buffer.from(text, 'latin1'), { connection, ...(underscores && { underscores }) })!
  const set = changesOf(head.environ, trust(trusted))
  return { ...decodeUwsgi(encodeUwsgi(head, { set }))!.environ }
}

/** The same, only variables of fields. */
function fieldsOf (...given: Parameters<typeof environOf>): Environ {
  return Object.fromEntries(Object.entries(environOf(...given)).filter(([name]) => name.startsWith('HTTP_') && name !== 'HTTP_HOST'))
}

const OURS = { HTTP_X_FORWARDED_FOR: '192.0.2.7', HTTP_X_FORWARDED_PROTO: 'http', HTTP_X_FORWARDED_HOST: 'example.test' }
const FORGED = [
  'X-Forwarded-For: 203.0.113.9', 'X-Forwarded-For: 203.0.113.10', 'x-forwarded-proto: https', 'X-FORWARDED-HOST: bank.test',
  'X-Forwarded-Port: 443', 'X-Forwarded-Prefix: /evil', 'X-Forwarded-Ssl: on', 'X-Forwarded-Protocol: ssl', 'X-Forwarded-Server: a',
  'X-Forwarded-User: root', 'X-Forwarded: for=a', 'X-Forwarded-Anything-New: 1', 'Forwarded: for=203.0.113.9;proto=https',
  'X-Real-IP: 203.0.113.9', 'X-Client-IP: 203.0.113.9', 'True-Client-IP: 203.0.113.9', 'CF-Connecting-IP: 203.0.113.9',
  'X-Original-URL: /admin', 'X-Rewrite-URL: /admin', 'X-Script-Name: /x', 'X-Scheme: https', 'X-Url-Scheme: https', 'Front-End-Https: on'
]

describe('forwarded fields', () => {
  test('of clients are removed, and three are set', () => {
    expect(fieldsOf([])).toEqual(OURS)
    expect(fieldsOf([...FORGED, 'X-Own: kept'])).toEqual({ ...OURS, HTTP_X_OWN: 'kept' })
    expect(fieldsOf(FORGED.map(line => line.toUpperCase()))).toEqual(OURS)
  })

  test('of trusted peers are kept, the lists with one more element', () => {
    const given = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-For: 198.51.100.1', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: site.test',
      'X-Forwarded-Port: 443', 'Forwarded: for=203.0.113.9;proto=https', 'X-Real-IP: 203.0.113.9']
    const trusted = ['192.0.2.0/24']
    expect(fieldsOf(given, { trusted })).toEqual({
      HTTP_X_FORWARDED_FOR: '203.0.113.9, 198.51.100.1, 192.0.2.7',
      HTTP_X_FORWARDED_PROTO: 'https',
      HTTP_X_FORWARDED_HOST: 'site.test',
      HTTP_X_FORWARDED_PORT: '443',
      HTTP_FORWARDED: 'for=203.0.113.9;proto=https, for=192.0.2.7;proto=http',
      HTTP_X_REAL_IP: '203.0.113.9'
    })
    expect(fieldsOf([], { trusted })).toEqual(OURS)
    expect(fieldsOf(['X-Forwarded-For:'], { trusted })).toEqual(OURS)
    expect(fieldsOf(given, { trusted: ['192.0.3.0/24', '2001:db8::/32', 'unix'] })).toEqual(OURS)
  })

  test('REMOTE_ADDR and REQUEST_SCHEME are those of the socket, whoever is trusted', () => {
    const given = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https']
    expect(environOf(given, { trusted: ['192.0.2.7'] })).toMatchObject({ REMOTE_ADDR: '192.0.2.7', REQUEST_SCHEME: 'http' })
    expect(environOf(given, { trusted: ['192.0.2.7'] })).not.toHaveProperty('HTTPS')
  })

  test('IPv6, and IPv4 in IPv6', () => {
    const connection = { remoteAddress: '2001:db8::7' }
    expect(fieldsOf(['Forwarded: for=_x'], { connection, trusted: ['2001:db8::/32'] }))
      .toMatchObject({ HTTP_X_FORWARDED_FOR: '2001:db8::7', HTTP_FORWARDED: 'for=_x, for="[2001:db8::7]";proto=http' })
    expect(fieldsOf(['X-Real-IP: 1'], { connection: { remoteAddress: '::ffff:192.0.2.7' }, trusted: ['192.0.2.7'] }))
      .toEqual({ ...OURS, HTTP_X_REAL_IP: '1' })
  })

  test('a peer on a unix socket has no address: it adds none, and is trusted by name only', () => {
    const connection = {}
    const { HTTP_X_FORWARDED_FOR: _, ...others } = OURS
    expect(fieldsOf(FORGED, { connection, trusted: ['0.0.0.0/0', '::/0'] })).toEqual(others)
    expect(fieldsOf(['X-Forwarded-For: 203.0.113.9', 'Forwarded: for=_x'], { connection, trusted: ['unix'] }))
      .toEqual({ ...others, HTTP_X_FORWARDED_FOR: '203.0.113.9', HTTP_FORWARDED: 'for=_x' })
  })

  test('https, and no Host', () => {
    expect(fieldsOf([], { connection: { ...PEER, scheme: 'https' } })).toEqual({ ...OURS, HTTP_X_FORWARDED_PROTO: 'https' })
    const head = decodeHttp(Buffer.from('GET / HTTP/1.0\r\nX-Forwarded-Host: a\r\n\r\n'), { connection: PEER })!
    const sent = decodeUwsgi(encodeUwsgi(head, { set: changesOf(head.environ, trust([])) }))!
    expect(sent.has('HTTP_X_FORWARDED_HOST')).toBe(false)
    expect(sent.get('HTTP_X_FORWARDED_FOR')).toBe('192.0.2.7')
  })

  test('names with underscores are none of these, and are dropped', () => {
    expect(fieldsOf(['X_Forwarded_For: 203.0.113.9', 'X-Forwarded_Proto: https', 'X_Own: 1'])).toEqual(OURS)
    expect(fieldsOf(['X_Forwarded_For: 203.0.113.9', 'X-Forwarded_Proto: https'], { underscores: 'keep' })).toEqual(OURS)
  })
})

test('docs/proxy.md names the fields that are removed, and no other', () => {
  const rows = readFileSync(new URL('../docs/proxy.md', import.meta.url), 'utf8').split('\n').filter(line => line.startsWith('| '))
  const removed = rows.filter(line => /\| removed: (only a front end|they are about this|the first is answered)/.test(line))
  expect(removed).toHaveLength(3)
  const names = removed.flatMap(line => [...line.split(' | ')[0]!.matchAll(/`([\w-]+)`/g)].map(match => match[1]!))
  expect(names.length).toBeGreaterThan(25)
  const standing = { HTTP_HOST: 'a', REMOTE_ADDR: '192.0.2.7' }
  const all = Object.fromEntries(names.map(name => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, 'x']))
  const changes = changesOf({ ...standing, ...all, HTTP_ACCEPT: 'x', HTTP_VIA: 'x' }, trust([]))
  const gone = Object.keys(changes).filter(name => changes[name] === undefined && name !== 'RAW_URI').sort()
  expect(gone).toEqual(Object.keys(all).sort())
  for (const file of ['forwarded.ts', 'hop_by_hop.ts']) {
    const source = readFileSync(new URL(`../src/proxy/${file}`, import.meta.url), 'utf8')
    const listed = /(?:NAMES|OF_REQUESTS)[^=]*= (?:new Set\()?\[([^\]]*)\]/.exec(source)![1]!
    expect([...listed.matchAll(/'([A-Z0-9_]+)'/g)].map(match => `HTTP_${match[1]!}`).filter(name => !Object.hasOwn(all, name))).toEqual([])
  }
})

describe('a list of trusted peers', () => {
  test.each([[['x']], [['192.0.2.0/33']], [['192.0.2.7', '']], [['Unix']]])('%j is refused', entries => {
    expect(() => trust(entries)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  test('holds what it says and nothing else', () => {
    const isTrusted = trust(['192.0.2.0/25', '2001:db8::1'])
    const seen = ['192.0.2.127', '192.0.2.128', '2001:db8::1', '2001:db8::2', '::ffff:192.0.2.1', '', 'unix', 'x'].map(isTrusted)
    expect(seen).toEqual([true, false, true, false, true, false, false, false])
    expect(['', '192.0.2.1'].map(trust([]))).toEqual([false, false])
    expect(['', '192.0.2.1'].map(trust(['unix']))).toEqual([true, false])
  })
})

describe('fields of one hop', () => {
  test('do not reach the application', () => {
    expect(fieldsOf(['Connection: keep-alive', 'Keep-Alive: timeout=5', 'Proxy-Connection: x', 'TE: trailers', 'Trailer: X', 'Upgrade: h2c',
      'HTTP2-Settings: AAM', 'Expect: 100-continue', 'Proxy-Authorization: Basic x', 'Proxy: http://evil', 'Accept: a', 'Authorization: b',
      'Cookie: c', 'Via: 1.1 d'])).toEqual({ ...OURS, HTTP_ACCEPT: 'a', HTTP_AUTHORIZATION: 'b', HTTP_COOKIE: 'c', HTTP_VIA: '1.1 d' })
  })

  test('are also those that Connection names, on several lines and in any case of letters', () => {
    expect(fieldsOf(['Connection: close, x-One', 'connection:\t X-TWO ,, X-Absent,"', 'X-One: 1', 'x-two: 2', 'X-Three: 3']))
      .toEqual({ ...OURS, HTTP_X_THREE: '3' })
  })

  test('are never those that front ends set, nor Host, nor what frames the content', () => {
    const naming = ['Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded, X-Real-IP, Host, Content-Length, Content-Type']
    expect(fieldsOf(naming)).toEqual(OURS)
    const trusted = ['192.0.2.7']
    const told = ['X-Real-IP: 203.0.113.9', 'X-Forwarded-For: 203.0.113.9', 'Forwarded: for=203.0.113.9', 'Content-Type: a/b', 'Content-Length: 5']
    const environ = environOf([...naming, ...told], { trusted })
    expect(environ).toMatchObject({
      ...OURS, HTTP_X_FORWARDED_FOR: '203.0.113.9, 192.0.2.7', HTTP_X_REAL_IP: '203.0.113.9', HTTP_HOST: 'example.test', CONTENT_TYPE: 'a/b',
      CONTENT_LENGTH: '5', HTTP_FORWARDED: 'for=203.0.113.9, for=192.0.2.7;proto=http'
    })
  })

  test('do not reach the client', () => {
    const kept: Array<[string, string]> = [['Content-Type', 'a/b'], ['Content-Length', '5'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['X-Own', '']]
    const gone: Array<[string, string]> = [
      ['Connection', 'close, x-hop'], ['connection', 'X-Other , Content-Length'], ['X-HOP', '1'], ['x-other', '2'], ['Keep-Alive', 'x'],
      ['Proxy-Connection', 'x'], ['TE', 'x'], ['Trailer', 'x'], ['Transfer-Encoding', 'x'], ['Upgrade', 'x'], ['Proxy-Authenticate', 'x'],
      ['Proxy-Authentication-Info', 'x'], ['Status', '200']
    ]
    expect(endToEndFields([...gone, ...kept])).toEqual(kept)
    expect(endToEndFields([...kept, ...gone])).toEqual(kept)
    expect(endToEndFields([['X-Hop', '1']])).toEqual([['X-Hop', '1']])
  })
})

describe('variables', () => {
  test('are those of RFC 3875 and PEP 3333, and no other can be made by a client', () => {
    const names = ['UWSGI_SCHEME', 'UWSGI-SETENV', 'uwsgi-script', 'Remote-User', 'Remote-Addr', 'Https', 'Script-Name', '__proto__']
    const environ = environOf(names.map(name => `${name}: x`), { underscores: 'keep' })
    const own = Object.keys(environ).filter(name => !name.startsWith('HTTP_'))
    expect(own).toEqual(['REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING', 'REQUEST_URI', 'SERVER_PROTOCOL', 'SCRIPT_NAME', 'SERVER_NAME',
      'SERVER_PORT', 'REMOTE_ADDR', 'REMOTE_PORT', 'REQUEST_SCHEME'])
    expect(Object.keys(environ).filter(name => /^UWSGI/i.test(name))).toEqual([])
    expect(environ).toMatchObject({ HTTP_UWSGI_SCHEME: 'x', HTTP_REMOTE_USER: 'x', HTTP_HTTPS: 'x', REMOTE_ADDR: '192.0.2.7' })
  })
})
