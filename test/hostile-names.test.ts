// Names that a peer chooses, in environs and in the code that is generated for shapes: whatever bytes they have, they are keys and nothing
// else. Each shape comes often enough to get a builder.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeHttp, decodeUwsgi, encodeUwsgi, type RequestHead, transcodeHttpToUwsgi, wsgiEnviron } from '../src/index.js'
import { allBytes, packet, type Var } from './packet.js'

/** All that builders are made of: values that are slices and constants, and keys that are letters, digits, `_` and escapes. */
const VALUES = String.raw`v\d+(?:,v\d+)*`
const STORE = String.raw`this\["(?:[A-Za-z0-9_]|\\x[0-9a-f]{2})*"\]=v\d+`
const SLICE = String.raw`t\.slice\(s\[a\+\d+\],s\[a\+\d+\]\)`
const CUT = String.raw`v\d+=(?:${SLICE}|\(w\d\[f>>>\d+&\d+\]\|\|${SLICE}\)|c\[\d+\]|v\d+)`
const BODY = new RegExp(String.raw`^function E\(${VALUES}\)\{${STORE}(?:;${STORE})*\}E\.prototype=p;` +
  String.raw`return function\(t,a,f,c\)\{const ${CUT}(?:,${CUT})*;return new E\(${VALUES}\)\}$`)

const bodies: string[] = []
const shared = [Object.prototype, Array.prototype, Function.prototype, String.prototype, globalThis]
const ownKeys = (): string => JSON.stringify(shared.map(object => Reflect.ownKeys(object).map(String)))
const untouched = ownKeys()
beforeEach(() => {
  bodies.length = 0
  vi.stubGlobal('Function', new Proxy(Function, {
    construct (target, args: string[]) {
      bodies.push(args.at(-1)!)
      return Reflect.construct(target, args) as object
    }
  }))
})
afterEach(() => {
  vi.unstubAllGlobals()
  for (const body of bodies) {
    expect(body).toMatch(BODY)
    expect(body.match(/v\d+=/g)).toHaveLength(body.match(/this\[/g)!.length) // no value is cut that no name has
  }
  expect(ownKeys()).toBe(untouched)
})

let ordinary = 0
/** Environs without a builder, which pay for the compiling of others. */
function earn (): void {
  for (let i = 0; i < 70; i++) void decodeUwsgi(packet([[`EARN_${ordinary++}`, 'x']]))!.environ
}

/** What an environ with these variables is, made without any setter or prototype. */
function entriesOf (vars: readonly Var[]): Array<[string, string]> {
  const environ = Object.create(null) as Record<string, string>
  for (const [name, value] of vars) Object.defineProperty(environ, name, { value, enumerable: true, configurable: true, writable: true })
  return Object.entries(environ)
}

function check (head: RequestHead, expected: Array<[string, string]>): void {
  const { environ } = head
  expect(Object.entries(environ)).toEqual(expected)
  expect(Object.getPrototypeOf(Object.getPrototypeOf(environ))).toBeNull()
  expect(Reflect.ownKeys(Object.getPrototypeOf(environ) as object)).toEqual([])
  const names = new Set(expected.map(([name]) => name))
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'polluted']) {
    expect([name in environ, head.has(name), head.get(name) !== undefined]).toEqual([names.has(name), names.has(name), names.has(name)])
  }
  for (const [name, value] of expected) expect([head.get(name), environ[name]]).toEqual([value, value])
}

/** The shape comes again and again: by the loop at first, then by its builder. Both give the same. */
function checkOften (vars: readonly Var[]): void {
  const expected = entriesOf(vars)
  const bytes = packet(vars)
  earn()
  const before = bodies.length
  for (let seen = 0; seen < 12; seen++) check(decodeUwsgi(bytes)!, expected)
  expect(bodies.length - before).toBeLessThanOrEqual(1)
  check(decodeUwsgi(encodeUwsgi(decodeUwsgi(bytes)!.environ))!, expected)
  check(decodeUwsgi(bytes)!.detach(), expected)
}

const inherited = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'isPrototypeOf', 'toString', 'valueOf', 'toJSON', 'then',
  '__defineGetter__', '__lookupSetter__', 'length', 'name', 'caller', 'arguments']
const code = ['"', '\\', '\'', '`', '"]="";globalThis.polluted=1;this["', '\\"]=1;globalThis.polluted=1//', '\\x22', '\\u2028',
  '${globalThis.polluted=1}', '*/globalThis.polluted=1/*', '//', '</script>', '\n', '\r', '\r\n', '\u0085', '\xE2\x80\xA8', '\xE2\x80\xA9',
  '\xEF\xBB\xBF', '\0', 'a\0b', '=', ';', ']', ')', '}', 'this', 't', 's', 'a', 'c', ' ', '0', '1', '-1', '01', '4294967295',
  '9007199254740993', '1e9', 'NaN', 'a'.repeat(31), 'a'.repeat(32), 'a'.repeat(33)]

describe('names of uwsgi variables', () => {
  it('that objects inherit are keys', () => {
    for (const name of inherited) checkOften([[name, 'own'], ['REQUEST_METHOD', 'GET']])
    checkOften(inherited.map((name, i): Var => [name, String(i)]))
    expect(bodies.length).toBeGreaterThan(10)
  })

  it('that look like code are keys', () => {
    for (const name of code) checkOften([['REQUEST_METHOD', 'GET'], [name, 'own'], [`${name}x`, 'other']])
    checkOften(code.map((name, i): Var => [name, String(i)]))
    expect(bodies.length).toBeGreaterThan(40)
  })

  it('of any byte are keys', () => {
    for (let at = 0; at < 256; at += 64) checkOften(Array.from(allBytes.slice(at, at + 64), (byte): Var => [byte, byte]))
    for (let byte = 0; byte < 256; byte++) checkOften([['HTTP_' + String.fromCharCode(byte), 'x'], [String.fromCharCode(byte, byte) + 'y',
      'z']])
    expect(bodies.length).toBeGreaterThan(200)
  })

  it('of 65 531 bytes are keys', () => {
    for (const name of ['"'.repeat(65531), `__proto__${'\\'.repeat(65522)}`, '\0'.repeat(65531)]) {
      const bytes = packet([[name, '']])
      for (let seen = 0; seen < 12; seen++) {
        const head = decodeUwsgi(bytes)!
        expect(head.get(name)).toBe('')
        expect(Object.keys(head.environ)[0] === name && Object.keys(head.environ).length === 1).toBe(true)
      }
    }
  })

  it('of any kind, up to the sizes that shapes end at, are keys', () => {
    const byte = fc.oneof(fc.nat(255).map(code => String.fromCharCode(code)), fc.constantFrom('"', '\\', '\n', '\u0085', '\0', '_', '-'))
    const name = fc.oneof(fc.array(byte, { minLength: 1, maxLength: 40 }).map(all => all.join('')), fc.constantFrom(...inherited, ...code))
    fc.assert(fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 66 }), names => {
      checkOften(names.map((name, i): Var => [name, `${i}`]))
    }), { numRuns: 60 })
  })

  it('do not reach WSGI keys', () => {
    const vars: Var[] = [['REQUEST_METHOD', 'GET'], ['__proto__', 'p'], ['wsgi.input', 'peer'], ['wsgi.version', 'peer'], ['wsgi.',
      'peer'], ['constructor', 'c']]
    for (let seen = 0; seen < 10; seen++) {
      const environ = wsgiEnviron(decodeUwsgi(packet(vars))!, { input: 1, errors: 2 })
      expect([environ['wsgi.input'], environ['wsgi.version'], 'wsgi.' in environ, environ['__proto__'],
        environ['constructor']]).toEqual([1, [1, 0], false, 'p', 'c'])
      expect(Object.getPrototypeOf(Object.getPrototypeOf(environ))).toBeNull()
    }
  })
})

describe('names of HTTP fields', () => {
  const token = '!#$%&\'*+-.^_`|~09azAZ'
  const names = ['__proto__', 'constructor', '-__proto__', 'hasOwnProperty', '`${globalThis.polluted=1}`'.replace(/[{}=]/g, ''), token,
    ...token, 'a'.repeat(32), 'a'.repeat(33), 'x'.repeat(8000)]

  it('are keys behind HTTP_', () => {
    for (const underscores of ['keep', 'drop'] as const) {
      const options = { underscores }
      for (const name of names) {
        const bytes = Buffer.from(`GET / HTTP/1.0\r\n${name}: own\r\nX-Z: 1\r\n\r\n`)
        const variable = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
        const expected = name.includes('_') && underscores === 'drop' ? undefined : 'own'
        earn()
        for (let seen = 0; seen < 12; seen++) {
          const head = decodeHttp(bytes, options)!
          expect([head.get(variable), head.environ[variable], head.environ['HTTP_X_Z']]).toEqual([expected, expected, '1'])
          expect(Object.getPrototypeOf(Object.getPrototypeOf(head.environ))).toBeNull()
        }
        const { packet: made } = transcodeHttpToUwsgi(bytes, options)!
        expect(decodeUwsgi(made)!.get(variable)).toBe(expected)
      }
    }
    expect(bodies.length).toBeGreaterThan(40)
  })
})

describe('names that the caller chooses', () => {
  it('that objects inherit are variables, limits and nothing else', () => {
    const vars = JSON.parse('{"__proto__":"p","constructor":"c","A":"a"}') as Record<string, string>
    expect(decodeUwsgi(encodeUwsgi(vars))!.fields()).toEqual(Object.entries(vars))
    expect(decodeUwsgi(encodeUwsgi([['A', 'b']], { set: vars }))!.fields()).toEqual([['A', 'a'], ['__proto__', 'p'], ['constructor', 'c']])
    expect(decodeUwsgi(encodeUwsgi([['toString', 'x'], ['__proto__', 'y']], { set: {} }))!.fields()).toEqual([['toString', 'x'],
      ['__proto__', 'y']])
    const { packet: made } = transcodeHttpToUwsgi(Buffer.from('GET / HTTP/1.0\r\n\r\n'), { set: vars })!
    expect(Object.entries(decodeUwsgi(made)!.environ).slice(-3)).toEqual([['__proto__', 'p'], ['constructor', 'c'], ['A', 'a']])
    expect(() => decodeUwsgi(packet([]), { limits: JSON.parse('{"__proto__":1}') as object })).toThrow('no limit')
    expect(() => decodeUwsgi(packet([]), { limits: { constructor: 5 } as object })).toThrow('no limit')
  })
})
