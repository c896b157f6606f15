// The environ: what repeated variables mean under each policy, and that any name is just a key, by the loop as by the constructor that
// is made for a shape once it has been seen often enough.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, type DuplicatePolicy, type RequestHead } from '../src/index.js'
import { allBytes, environOf, item, ordinary, packet, type Var } from './packet.js'
import { refused } from './verdicts.js'

const latin1 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')
const under = (vars: readonly Var[], duplicates?: DuplicatePolicy): RequestHead => decodeUwsgi(packet(vars), duplicates && { duplicates })!

/** More decodes of one shape than any cache may need to warm up. */
const OFTEN = 200

describe('repeated variables', () => {
  const lists = ['HTTP_ACCEPT', 'HTTP_X_FORWARDED_FOR', 'HTTP_X_DUP', 'HTTP_VIA', 'HTTP_TRANSFER_ENCODING', 'HTTP_', 'HTTP_COOKIE2',
    'HTTP_\0']
  const single = ['HTTP_HOST', 'HTTP_AUTHORIZATION', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH', 'HTTP_REFERER', 'HTTP_USER_AGENT']
  const others = ['PATH_INFO', 'REQUEST_METHOD', 'HTTPS', 'http_accept', 'XHTTP_ACCEPT', 'HTTP', 'wsgi.input', '__proto__', '0']
  const joined = [...lists.map(name => [name, 'a, , b']), ['HTTP_COOKIE', 'a; ; b'], ...[...single, ...others].map(name => [name, 'b'])]

  /** The same name three times, among others. */
  const thrice = (name: string): Var[] => [['FIRST', '1'], [name, 'a'], ['SECOND', '2'], [name, ''], [name, 'b'], ['LAST', '3']]

  function agree (head: RequestHead, vars: readonly Var[], name: string, value: string): void {
    expect([head.get(name), latin1(head.getBytes(name)), Object.entries(head.environ).find(([key]) => key === name)?.[1], head.has(name)])
      .toEqual([value, value, value, true])
    expect(head.fields()).toEqual(vars)
    expect([head.get('FIRST'), head.get('SECOND'), head.get('LAST')]).toEqual(['1', '2', '3'])
    expect(Object.keys(head.environ)).toHaveLength(4)
  }

  it.each(joined)('%s is %j when they are joined', (name, value) => {
    const vars = thrice(name!)
    for (let i = 0; i < OFTEN; i++) agree(under(vars, i % 2 === 0 ? undefined : 'join'), vars, name!, value!)
  })

  it.each([...lists, ...single, ...others, 'HTTP_COOKIE'])('%s is its last value when the last counts', name => {
    const vars = thrice(name)
    for (let i = 0; i < OFTEN; i++) agree(under(vars, 'last'), vars, name, 'b')
  })

  it('are views on the input unless they were joined', () => {
    const bytes = Uint8Array.from(packet([...thrice('HTTP_HOST'), ...thrice('HTTP_ACCEPT')])) // not on the pool that a copy may be on, too
    const head = decodeUwsgi(bytes)!
    expect(head.getBytes('HTTP_HOST')!.buffer).toBe(bytes.buffer)
    expect(head.getBytes('HTTP_ACCEPT')!.buffer).not.toBe(bytes.buffer)
    expect(decodeUwsgi(bytes, { duplicates: 'last' })!.getBytes('HTTP_ACCEPT')!.buffer).toBe(bytes.buffer)
  })

  it.each([...lists, ...single, 'HTTP_COOKIE'])('%s is refused where its second key stands, when that is refused', name => {
    const vars = thrice(name)
    const offset = packet(vars.slice(0, 3)).length + 2
    for (let i = 0; i < OFTEN; i++) {
      expect(refused(() => under(vars, 'refuse'))).toEqual({ code: 'ERR_UWSGI_DUPLICATE_VAR', offset, status: 400 })
    }
  })

  it.each(others)('%s is its last value also when HTTP_* are refused', name => {
    const vars = thrice(name)
    for (let i = 0; i < OFTEN; i++) agree(under(vars, 'refuse'), vars, name, 'b')
  })

  it('are judged by the options of each call, whatever was used before on the same shape', () => {
    const vars = thrice('HTTP_ACCEPT')
    for (let i = 0; i < OFTEN; i++) {
      agree(under(vars), vars, 'HTTP_ACCEPT', 'a, , b')
      agree(under(vars, 'last'), vars, 'HTTP_ACCEPT', 'b')
      expect(() => under(vars, 'refuse')).toThrow()
    }
  })

  it('are found when everything else is different, too', () => {
    const many = Array.from({ length: 400 }, (_, i): Var => [`HTTP_N${i}`, `${i}`])
    const head = under([...many, ...many.map(([key]): Var => [key, 'x'])])
    expect(many.map(([key]) => head.get(key))).toEqual(many.map(([, value]) => `${value}, x`))
    expect(refused(() => under([...many, ['HTTP_N200', '']], 'refuse')).offset).toBe(packet(many).length + 2)
  })
})

describe('any name is just a key', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineGetter__',
    '0', '1', '-1', '4294967295', '01',
    ' ', '"', "'", '`', '\\', '\\u0041', '"]=1;throw 1;//', '${x}', '\n', '\r', '\t', '\0', '\x85', '\xA0', '\xFF', '*/', '<!--', '-->',
    'this', 't', 's', 'a', 'i',
    'arguments', 'eval', 'await', 'class', 'return', '\xE9t\xE9', 'a.b', 'wsgi.input', '\xE2\x80\xA8', '\xE2\x80\xA9']

  function check (vars: readonly Var[]): void {
    const loop = under(vars).environ
    const expected = environOf(vars)
    for (let i = 0; i < OFTEN; i++) {
      const { environ } = under(vars)
      if (i > 5 && i < OFTEN - 5) continue // the first builds are by the loop, the last by the constructor
      expect(Object.entries(environ)).toEqual(Object.entries(expected))
      expect(Object.getPrototypeOf(environ)).toBe(Object.getPrototypeOf(loop))
      expect(environ).toStrictEqual(loop)
      expect(Reflect.ownKeys(environ)).toEqual(Reflect.ownKeys(expected))
      for (const [key, value] of vars) {
        expect(Object.getOwnPropertyDescriptor(environ, key)).toEqual({ value, writable: true, enumerable: true, configurable: true })
      }
    }
  }

  it.each(names)('%j', name => check([['BEFORE', 'x'], [name, 'v'], ['AFTER', 'y']]))
  it('all of them together', () => check(names.map((name, i): Var => [name, `v${i}`])))
  it('any single byte', () => {
    for (const from of [0, 64, 128, 192]) check(Array.from(allBytes.slice(from, from + 64), name => [name, `v${name}`]))
  })

  it('and names that are not there are not there', () => {
    for (let i = 0; i < OFTEN; i++) {
      const head = under(ordinary)
      for (const name of ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', '0', 'length']) {
        expect([head.get(name), head.has(name), head.getBytes(name), name in head.environ]).toEqual([undefined, false, undefined, false])
      }
    }
  })

  it('and values are never the prototype', () => {
    for (let i = 0; i < OFTEN; i++) {
      const { environ } = under([['__proto__', 'polluted'], ['constructor', 'x']])
      expect([Object.keys(environ), environ['__proto__']]).toEqual([['__proto__', 'constructor'], 'polluted'])
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    }
  })

  it('and what all environs inherit from can neither be written nor be given properties', () => {
    const { environ } = under(ordinary)
    const inherited = Object.getPrototypeOf(environ) as object | null
    expect([inherited === null || Object.isFrozen(inherited), inherited && Reflect.ownKeys(inherited), environ['toString']])
      .toEqual([true, [], undefined])
  })
})

describe('a large environ', () => {
  it.each([63, 64, 65, 66, 300, 999])('of %d variables is the same built over and over', count => {
    const vars = Array.from({ length: count }, (_, i): Var => [`HTTP_X_${i}`, `value ${i}`])
    for (let i = 0; i < OFTEN; i++) {
      const head = under(vars)
      if (i % 50 === 0) expect(head.environ).toEqual(environOf(vars))
      expect(head.get(`HTTP_X_${count - 1}`)).toBe(`value ${count - 1}`)
    }
  })

  it.each([1000, 1024, 1025, 5000, 60_000])('with a key of %d bytes, too', length => {
    const vars: Var[] = [['A', '1'], ['k'.repeat(length), 'v'], ['B', '2']]
    for (let i = 0; i < 20; i++) expect(Object.entries(under(vars).environ)).toEqual(vars)
    expect(item('k'.repeat(length))).toHaveLength(length + 2)
  })
})
