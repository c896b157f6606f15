// Forms: names that come again in the same order. Whatever came before, in whatever order and number, and whatever the caller's objects do
// meanwhile, a result is what it would have been the first time.
import { describe, expect, it } from 'vitest'
import { encodeUwsgi } from '../src/index.js'
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
