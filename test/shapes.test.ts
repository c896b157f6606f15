// Shapes: that an environ is made by the builder of its shape once that is known shows only in speed. Children count what is compiled: a
// peer that sends ever new shapes gets right answers, and neither fills the memory nor keeps the process compiling.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi } from '../src/index.js'
import { runChild } from './child.js'
import { environOf, packet, type Var } from './packet.js'

interface During { compiled: number, byBuilder: number }

describe('shapes', () => {
  it('are told apart however similar they are', () => {
    // The same keys in all orders, with one key cut elsewhere, and with the border between key and value moved.
    const orders = (vars: Var[]): Var[][] => vars.length < 2 ? [vars]
      : vars.flatMap((first, i) => orders(vars.filter((_, k) => k !== i)).map(rest => [first, ...rest]))
    const all = [
      ...orders([['A', '1'], ['B', '2'], ['CONTENT_TYPE', '3'], ['HTTP_ABCDEFGHIJKLMNOPQR', '4'], ['HTTP_ABCDEFGHIJXLMNOPQR', '5']]),
      ...['AB', 'A', 'ABC', 'ABCDEFGH', 'ABCDEFGHI', 'ABCDEFGXI'].map((key): Var[] => [[key, 'v'], ['Z', 'w']]),
      [['AB', 'C'], ['D', 'E']] as Var[], [['A', 'BC'], ['D', 'E']] as Var[], [['A', 'BC'], ['DE', '']] as Var[],
      [['AB', 'C'], ['D', 'E'], ['F', '']] as Var[]
    ]
    for (let round = 0; round < 30; round++) {
      const wrong = all.filter(vars => JSON.stringify(Object.entries(decodeUwsgi(packet(vars))!.environ)) !== JSON.stringify(vars))
      expect(wrong).toEqual([])
    }
  })

  it('do not mix their values when heads of several are alive', () => {
    const shapes = Array.from({ length: 40 },
      (_, shape) => Array.from({ length: 5 }, (_, i): Var => [`HTTP_S${shape}_${i}`, `${shape}.${i}`]))
    for (let round = 0; round < 30; round++) {
      const heads = shapes.map(vars => decodeUwsgi(packet(vars))!)
      for (const [i, head] of [...heads.entries()].reverse()) expect(head.environ).toEqual(environOf(shapes[i]!))
    }
  })
})

describe('without code generation from strings', () => {
  it('every environ is the same', async () => {
    const { code, stderr, report } = await runChild('no_code_generation.mjs', ['--disallow-code-generation-from-strings'])
    expect([code, stderr]).toEqual([0, ''])
    const bare = true
    expect(report).toEqual({
      generated: false,
      environs: [
        [{ entries: [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/'], ['HTTP_X_A', 'a']], bare }],
        [{ entries: [['0', 'zero'], ['__proto__', 'p'], ['constructor', 'c'], ['"\\', 'quoted'], ['\xFF\0\n', 'odd']], bare }],
        [{ entries: [['HTTP_A', '1, 2'], ['HTTP_COOKIE', 'a; b'], ['PATH_INFO', 'y']], bare }]
      ]
    })
  })

  it('as it is with it', async () => {
    const [off, on] = await Promise.all([runChild('no_code_generation.mjs', ['--disallow-code-generation-from-strings']),
      runChild('no_code_generation.mjs')])
    expect(on.report).toEqual({ ...off.report as object, generated: true })
  })
})

describe('a builder that cannot be compiled where the stack ends', () => {
  it('does not keep others from being compiled later', async () => {
    const { code, stderr, report } = await runChild('end_of_stack.mjs')
    expect([code, stderr, report]).toEqual([0, '', { failed: true, compiledAfterwards: 3 }])
  })
})

describe('ten thousand shapes and names', () => {
  it('get right answers, bounded memory and a bounded number of builders, and then the ordinary ones are fast again', async () => {
    // Left to itself, the young generation of newer Nodes grows by more than what is looked for.
    const { code, stderr, report } = await runChild('many_shapes.mjs', ['--expose-gc', '--max-semi-space-size=8'])
    expect([code, stderr]).toEqual([0, ''])
    const { wrong, warm, once, often, mixed, afterwards, grown } =
      report as Record<'warm' | 'once' | 'often' | 'mixed' | 'afterwards', During> & { wrong: number, grown: Record<string, number> }
    expect(wrong).toBe(0)
    // 2 400 ordinary requests, all by builders, before as after.
    expect([warm, afterwards]).toEqual([{ compiled: 0, byBuilder: 2400 }, { compiled: 0, byBuilder: 2400 }])
    expect(once.compiled).toBeLessThan(100)
    // 80 000 requests: at the least a few dozen environs are built without a builder for each one that is made.
    expect(often.compiled).toBeLessThan(80_000 / 40)
    expect(mixed.compiled).toBeLessThan(40_000 / 40)
    expect(grown['heapUsed']).toBeLessThan(8e6)
    expect(grown['external']).toBeLessThan(8e6)
    expect(grown['rss']).toBeLessThan(100e6)
  })
})
