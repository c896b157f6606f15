// Values that the heads of a shape nearly always have: once they are known, a head that has them gets the strings that are there. Nobody may
// notice: whatever else comes, each environ is what its own bytes say.
import { describe, expect, it } from 'vitest'
import { decodeHttp, decodeUwsgi } from '../src/index.js'
import { environOf, item, ordinary, packet, type Var } from './packet.js'

let shapes = 0

/** Variables of a shape that nobody has seen, with these at the end. */
const shapeOf = (...last: Var[]): Var[] => [[`STEADY_${shapes++}`, 'x'], ...ordinary, ...last]
const changed = (vars: readonly Var[], changes: Record<string, string>): Var[] => vars.map(([name, value]) => [name, changes[name] ?? value])

function expectEnviron (vars: readonly Var[]): void {
  expect(decodeUwsgi(packet(vars))!.environ).toEqual(environOf(vars))
}

/** More heads than it takes to learn what is steady. */
function learnFrom (vars: readonly Var[]): void {
  for (let i = 0; i < 30; i++) expectEnviron(vars)
}

describe('steady values of packets', () => {
  it('may change one by one, and together, and come back', () => {
    const vars = shapeOf(['LAST', 'end'])
    learnFrom(vars)
    for (const [name, value] of vars) {
      if (name === 'CONTENT_LENGTH') continue // not any value will do
      for (const other of ['', value + value, `${value}y`, value.slice(1), 'z'.repeat(value.length), '\0'.repeat(40)]) {
        expectEnviron(changed(vars, { [name]: other }))
        expectEnviron(vars)
      }
    }
    expectEnviron(vars.map(([name, value]) => [name, name === 'CONTENT_LENGTH' ? '7' : `${value}!`]))
    expectEnviron(vars)
  })

  it('that end with the bytes of a length, a key and a value are not taken for these', () => {
    const value = `b${item('SECOND').toString('latin1')}${item('b').toString('latin1')}`
    const vars = shapeOf(['ID', '0'], ['FIRST', 'a'], ['SECOND', value])
    for (let i = 0; i < 30; i++) expectEnviron(changed(vars, { ID: String(i) })) // so that a run begins with the first value
    // The same bytes behind the length of the first value, cut in another way.
    expectEnviron(changed(vars, { FIRST: `a${item('SECOND').toString('latin1')}${String.fromCharCode(value.length, 0)}b`, SECOND: 'b' }))
    expectEnviron(vars)
  })

  it('are found out anew when most heads have others', () => {
    const vars = shapeOf()
    learnFrom(vars)
    for (const scheme of ['https', 'http', 'ws']) {
      const others = changed(vars, { REQUEST_SCHEME: scheme, SERVER_NAME: `${scheme}.example` })
      for (let i = 0; i < 5000; i++) {
        const now = changed(others, { REMOTE_PORT: String(i) })
        expect(decodeUwsgi(packet(now))!.environ['REMOTE_PORT']).toBe(String(i))
        if (i % 100 === 0) expectEnviron(now)
      }
      expectEnviron(vars)
    }
  })

  it('of a head that is kept stay those of its bytes, whatever is learned meanwhile', () => {
    const vars = shapeOf()
    const others = changed(vars, { REQUEST_SCHEME: 'https', SERVER_PORT: '443' })
    learnFrom(vars)
    const kept = Array.from({ length: 20 }, (_, i) => decodeUwsgi(packet(i % 2 === 0 ? vars : others))!)
    for (let i = 0; i < 2000; i++) expect(decodeUwsgi(packet(others))!.environ['SERVER_PORT']).toBe('443')
    for (const [i, head] of kept.entries()) expect(head.environ).toEqual(environOf(i % 2 === 0 ? vars : others))
  })

  it('cannot be forged by bytes that change behind a head', () => {
    for (let uses = 1; uses < 24; uses++) {
      const vars = shapeOf(['CHANGING', 'one'])
      for (let i = 0; i < uses; i++) expectEnviron(vars)
      for (let i = 0; i < 24; i++) {
        const bytes = packet(vars)
        const head = decodeUwsgi(bytes)!
        bytes.write('two', bytes.length - 3)
        expect(['one', 'two']).toContain(head.environ['CHANGING'])
      }
      expectEnviron(vars)
      expectEnviron(changed(vars, { CHANGING: 'two' }))
    }
  })

  it('belong to an environ that the caller may change', () => {
    const vars = shapeOf()
    for (let i = 0; i < 30; i++) {
      const { environ } = decodeUwsgi(packet(vars))!
      for (const name of Object.keys(environ)) environ[name] = 'mine'
    }
    expectEnviron(vars)
  })
})

describe('steady values of HTTP heads', () => {
  const head = (fields: readonly Var[], target = '/a?b'): Buffer =>
    Buffer.from(`GET ${target} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1')
  const variable = (name: string): string => name === 'Content-Length' ? 'CONTENT_LENGTH' : `HTTP_${name.toUpperCase().replaceAll('-', '_')}`

  function expectFields (fields: readonly Var[], target?: string): void {
    const environ = decodeHttp(head(fields, target))!.environ
    for (const [name, value] of fields) expect(environ[variable(name)]).toBe(value)
    if (target !== undefined) expect(environ['REQUEST_URI']).toBe(target)
  }

  it('may change one by one, and come back', () => {
    const fields: Var[] = [
      ['Host', 'h.example'], [`X-Steady-${shapes++}`, 'x'], ['Accept', '*/*'], ['Content-Length', '12'], ['Accept-Encoding', 'gzip'],
      ['Cookie', 'a=b'], ['DNT', '1'], ['X-Long', 'l'.repeat(100)], ['X-Last', 'end']
    ]
    for (let i = 0; i < 30; i++) expectFields(fields, '/a?b')
    for (const target of ['/', '/a?', '/a?b', '/b?a', '/%61?b', '/longer/than/that?b']) expectFields(fields, target)
    for (const [name, value] of fields) {
      const others = name === 'Content-Length' ? ['1', '120'] : name === 'Host' ? ['g.example', 'hh.example'] : ['z', `${value}y`, 'q'.repeat(value.length), '']
      for (const other of others) {
        expectFields(fields.map(pair => pair[0] === name ? [name, other] : pair), '/a?b')
        expectFields(fields, '/a?b')
      }
    }
  })

  it('are told from those that were joined', () => {
    const name = `X-Joined-${shapes++}`
    for (let i = 0; i < 30; i++) {
      const bytes = head([['Host', 'h'], [name, 'a'], ['Accept', '*/*'], [name, i < 20 ? 'b' : String(i)]])
      expect(decodeHttp(bytes)!.environ).toMatchObject({ [variable(name)]: `a, ${i < 20 ? 'b' : i}`, HTTP_ACCEPT: '*/*' })
    }
  })
})
