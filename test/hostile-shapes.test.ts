// A million shapes and names from a peer that wants to fill the memory, or to keep the process compiling. Speed is not measured but
// counted: what is compiled, and which environs are built by a constructor.
import { describe, expect, it } from 'vitest'
import { runChild } from './child.js'

interface During { compiled: number, byBuilder: number }
interface Grown { heapUsed: number, rss: number, external: number }
interface Report {
  warm: During
  once: During
  often: During
  amid: During & { requests: number }
  recovered: During
  grown: Grown
  grownAtAll: Grown
}
type Protocol = 'uwsgi' | 'http'

/** Environs that are built without a constructor for each one that is compiled: see src/shapes.ts. */
const PRICE = 64

describe('a million shapes and names', () => {
  it('are answered right, by the plain loop; memory does not grow, and ordinary traffic stays as fast as it was', async () => {
    // Left to itself, the young generation of newer Nodes grows by more than what is looked for.
    const { code, stderr, report } = await runChild('million_shapes.mjs', ['--expose-gc', '--max-semi-space-size=8'])
    expect([code, stderr]).toEqual([0, ''])
    const { wrong, ...reports } = report as Record<Protocol, Report> & { wrong: number }
    expect(wrong).toBe(0)
    for (const { warm, once, often, amid, recovered, grown, grownAtAll } of Object.values(reports)) {
      // 2 000 ordinary requests, all by builders, before as after.
      expect([warm, recovered]).toEqual([{ compiled: 0, byBuilder: 2000 }, { compiled: 0, byBuilder: 2000 }])
      // Half a million shapes that come once: nothing is made for any of them.
      expect(once).toEqual({ compiled: 0, byBuilder: 0 })
      // 10 000 that come eight times. What the budget holds at most was saved before.
      expect(often.compiled).toBeLessThanOrEqual(80_000 / PRICE + PRICE)
      // 20 ordinary requests, then 20 hostile ones, and so on: the ordinary ones keep their constructors.
      expect(amid.byBuilder / amid.requests).toBeGreaterThan(0.9)
      for (const { heapUsed, rss, external } of [grown, grownAtAll]) {
        expect(heapUsed).toBeLessThan(8e6)
        expect(external).toBeLessThan(1e6)
        expect(rss).toBeLessThan(64e6)
      }
    }
  })
})
