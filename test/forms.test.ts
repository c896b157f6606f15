// Forms: names that come again in the same order. Whatever came before, in whatever order and number, and whatever the caller's objects do
// meanwhile, a result is what it would have been the first time.
import { describe, expect, it } from 'vitest'
import { encodeResponseHead, encodeUwsgi } from '../src/index.js'
import { packet, type Var } from './packet.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const expectPacket = (vars: Var[]): void => {
  expect(text(encodeUwsgi(Object.fromEntries(vars)))).toBe(text(packet(vars)))
}

function shuffled<T> (items: readonly T[], random: () => number): T[] {
  return items.map(item => [random(), item] as const).sort(([a], [b]) => a - b).map(([, item]) => item)
}

/** Numbers in [0, 1) that are the same in each run. */
function generator (seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const NAMES = Array.from({ length: 20 }, (_, i) => `NAME_${'X'.repeat(i * 3)}${i}`)

describe('a form', () => {
  it('is the same names in the same order, and nothing else', () => {
    for (let round = 0; round < 3; round++) {
      expectPacket([['A', '1'], ['B', '2']])
      expectPacket([['B', '2'], ['A', '1']])
      expectPacket([['A', '1']])
      expectPacket([['A', '1'], ['B', '2'], ['C', '3']])
      expectPacket([['AB', '1'], ['C', '2']])
      expectPacket([['A', '1'], ['BC', '2']])
      expectPacket([])
      expectPacket([['A', ''], ['B', '']])
    }
  })

  it('is told by content, not by which string it is', () => {
    const joined = (...parts: string[]): string => parts.join('')
    for (let round = 0; round < 3; round++) {
      const vars: Var[] = [[joined('REQUEST', '_', 'METHOD'), 'GET'], [`PATH${'_'}INFO`, '/'], ['x'.repeat(30 + round), 'y']]
      expect(text(encodeUwsgi(vars))).toBe(text(packet(vars)))
      expectPacket(vars)
    }
  })

  it('may have a name twice, names that objects have, and names like numbers', () => {
    for (let round = 0; round < 3; round++) {
      const vars: Var[] = [['A', '1'], ['A', '2'], ['__proto__', 'p'], ['constructor', 'c'], ['0', 'zero'], ['-1', 'minus'], ['A', '3']]
      expect(text(encodeUwsgi(vars))).toBe(text(packet(vars)))
    }
  })
})

/** More than the uses after which values that were the same each time are part of a form. */
const MANY = 40

describe('values that are the same each time', () => {
  const head = (fields: Var[]): string => `HTTP/1.1 200 OK\r\n${fields.map(([name, value]) => `${name}: ${value.trim()}\r\n`).join('')}\r\n`
  const expectBoth = (vars: Var[]): void => {
    expectPacket(vars)
    expect(text(encodeUwsgi(vars))).toBe(text(packet(vars)))
    expect(text(encodeResponseHead(200, Object.fromEntries(vars)))).toBe(head(vars))
    expect(text(encodeResponseHead('200 OK', vars))).toBe(head(vars))
  }
  const fault = (fields: Record<string, string>): string => {
    try {
      return text(encodeResponseHead(200, fields))
    } catch (error) {
      return `${(error as { code: string }).code} ${(error as Error).message.replace(/:.*/, '')}`
    }
  }

  it('may be others at any time', () => {
    for (let i = 0; i < 10 * MANY; i++) {
      expectBoth([['Same', 'value'], ['Changes', String(i)], ['Once', i < 3 * MANY ? 'before' : 'after'], ['Last', 'a longer value, the same each time']])
      if (i % 7 === 0) expectBoth([['Same', i > 5 * MANY ? 'another' : 'value'], ['Changes', 'x'], ['Once', ''], ['Last', '']])
    }
    for (let i = 0; i < MANY; i++) expectBoth([['Only', 'this']])
    expectBoth([['Only', 'that']])
    expectBoth([['Only', 'this']])
  })

  it('may be any values in any phase', () => {
    const random = generator(2)
    const values = ['', 'a', 'bb', ' c ', 'd'.repeat(60), '\xFF']
    for (let phase = 0; phase < 60; phase++) {
      const fixed = NAMES.slice(0, 1 + phase % 9).map((name): Var => [name, values[Math.floor(random() * values.length)]!])
      for (let i = 0; i < 30; i++) {
        expectBoth(fixed.map(([name, value], j): Var => [name, j % 3 === phase % 3 ? values[Math.floor(random() * values.length)]! : value]))
      }
    }
  })

  it('are checked as others are, and a fault is that of the right header', () => {
    const fields = (more: Record<string, string>): Record<string, string> => ({ A: 'a', B: String(Math.random()), 'Content-Length': '5', C: 'c', ...more })
    for (let i = 0; i < MANY; i++) expect(fault(fields({}))).toContain('200 OK')
    for (let round = 0; round < 2 * MANY; round++) {
      expect(fault(fields({ A: '\n' }))).toBe('ERR_INVALID_FIELD_VALUE header 0, counted from 0')
      expect(fault(fields({ B: '\x7F' }))).toBe('ERR_INVALID_FIELD_VALUE header 1, counted from 0')
      expect(fault(fields({ 'Content-Length': 'c' }))).toBe('ERR_INVALID_CONTENT_LENGTH header 2, counted from 0')
      expect(fault(fields({ C: '\0' }))).toBe('ERR_INVALID_FIELD_VALUE header 3, counted from 0')
      expect(fault(fields({ C: '\u0100' }))).toMatch(/^ERR_NOT_LATIN1/)
      expect(fault(fields({ 'content-length': '5' }))).toBe('ERR_CONTENT_LENGTH_REPEATED header 4, counted from 0')
      expect(fault(fields({}))).toContain('200 OK')
    }
  })

  it('may be wrong each time', () => {
    for (let i = 0; i < MANY; i++) {
      expect(fault({ A: 'a', B: '\n' })).toBe('ERR_INVALID_FIELD_VALUE header 1, counted from 0')
      expect(fault({ 'Content-Length': '-1' })).toBe('ERR_INVALID_CONTENT_LENGTH header 0, counted from 0')
    }
  })

  it('count for the largest head and the largest packet', () => {
    const long = 'x'.repeat(1000)
    const most = (rest: number): Record<string, string> => ({ A: long, B: 'y'.repeat(rest) })
    for (let i = 0; i < MANY; i++) {
      expect(encodeUwsgi(most(i)).length).toBe(4 + 1001 + 1 + i + 8)
      expect(encodeResponseHead(200, most(i)).length).toBe(17 + 1001 + 1 + i + 8 + 2)
    }
    expect(encodeUwsgi(most(65535 - 1002 - 8)).length).toBe(65539)
    expect(() => encodeUwsgi(most(65535 - 1002 - 7))).toThrow(expect.objectContaining({ code: 'ERR_PACKET_TOO_LARGE' }))
    expect(encodeResponseHead(200, most(65535 - 1002 - 6)).length).toBe(65535 + 11 + 2 + 8)
    expect(() => encodeResponseHead(200, most(65535 - 1002 - 5))).toThrow(expect.objectContaining({ code: 'ERR_HEAD_TOO_LARGE' }))
  })
})

describe('a status in words', () => {
  it('may be one of thousands', () => {
    for (let i = 0; i < 3000; i++) {
      const status = i % 3 === 0 ? `200 ${'x'.repeat(i % 300)}` : `${200 + i % 300} Reason ${i}`
      expect(text(encodeResponseHead(status, { A: 'b' }))).toBe(`HTTP/1.1 ${status}\r\nA: b\r\n\r\n`)
    }
  })

  it('is not looked for among the names', () => {
    for (let i = 0; i < MANY; i++) {
      for (const status of ['', '20', 'OK']) {
        expect(() => encodeResponseHead(status, { '200 OK': 'a', B: 'c' })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATUS' }))
      }
    }
  })

  it('counts for the largest head', () => {
    expect(encodeResponseHead(`200 ${'x'.repeat(65531)}`, {}).length).toBe(9 + 65535 + 4)
    expect(() => encodeResponseHead(`200 ${'x'.repeat(65532)}`, {})).toThrow(expect.objectContaining({ code: 'ERR_HEAD_TOO_LARGE' }))
  })
})

describe('more names than can be kept', () => {
  it('in thousands of orders', () => {
    const random = generator(1)
    const frequent = shuffled(NAMES, random).slice(0, 12)
    for (let i = 0; i < 4000; i++) {
      expectPacket(shuffled(NAMES, random).slice(0, Math.floor(random() * 20)).map((name): Var => [name, String(i)]))
      if (i % 10 === 0) expectPacket(frequent.map((name): Var => [name, 'x'.repeat(i % 100)]))
    }
  })

  it('of thousands of kinds, some of them longer than is kept', () => {
    for (let i = 0; i < 3000; i++) {
      const name = i % 100 === 0 ? 'L'.repeat(5000) : `NAME_${i}_${'y'.repeat(i % 300)}`
      expectPacket([['FIRST', '1'], [name, String(i)], ['LAST', '2']])
      expectPacket([['FIRST', '1'], ['LAST', '2']])
    }
    const many = Array.from({ length: 500 }, (_, i): Var => [`N${i}`, String(i)])
    for (let i = 0; i < 5; i++) expectPacket(many)
  })
})

describe('objects that act while they are read', () => {
  const wanted: Var[] = [['A', '1'], ['B', '2'], ['C', '3']]
  const act = (): void => { for (let i = 0; i < 1200; i++) encodeUwsgi({ [`OTHER_${Math.random()}`]: 'x', [`MORE_${i}`]: 'y' }) }

  it('may have all forms forgotten, and made again, by another encoder', () => {
    for (let round = 0; round < 3; round++) {
      expectPacket(wanted)
      const acting = { A: '1', get B () { act(); expectPacket(wanted); return '2' }, C: '3' }
      expect(text(encodeUwsgi(acting))).toBe(text(packet(wanted)))
      const last = { A: '1', B: '2', get C () { act(); return '3' } }
      expect(text(encodeUwsgi(last))).toBe(text(packet(wanted)))
    }
  })

  it('may lose and get properties', () => {
    for (let round = 0; round < 3; round++) {
      const losing: Record<string, string> = { get A () { delete (this as Record<string, string>)['B']; return '1' }, B: '2', C: '3' }
      expect(text(encodeUwsgi(losing))).toBe(text(packet([['A', '1'], ['C', '3']])))
      const growing: Record<string, string> = { get A () { (this as Record<string, string>)['Z'] = 'new'; return '1' }, C: '3' }
      expect(text(encodeUwsgi(growing))).toBe(text(packet([['A', '1'], ['C', '3']])))
    }
  })

  it('may be proxies', () => {
    for (let round = 0; round < 3; round++) {
      expect(text(encodeUwsgi(new Proxy({ A: '1', B: '2', C: '3' }, {})))).toBe(text(packet(wanted)))
    }
  })

  it('and a failure half-way does not show in the next packet', () => {
    for (let round = 0; round < 3; round++) {
      expect(() => encodeUwsgi({ A: '1', B: 5 as unknown as string, C: '3' })).toThrow(TypeError)
      expect(() => encodeUwsgi({ A: '1', B: '\u0100', C: '3' })).toThrow(RangeError)
      expect(() => encodeUwsgi({ A: '1', 'B\u0100': '2' })).toThrow(RangeError)
      expect(() => encodeUwsgi({ A: '1', B: '2', '': '3' })).toThrow(RangeError)
      expectPacket(wanted)
    }
  })
})
