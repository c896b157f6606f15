// Worker threads and the garbage collector: all state belongs to one JavaScript environment, goes with it, and nothing of it dies early.
// In children, because what goes wrong here ends a process.
import { describe, expect, it } from 'vitest'
import { runChild } from './child.js'

describe('worker threads', () => {
  it('decode at once, each with its own state', async () => {
    const { code, signal, stderr, report } = await runChild('workers_at_once.mjs')
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual(Array.from({ length: 4 }, () => ({ decoded: 30_000, wrong: 0 })))
  })

  it('can be terminated in the middle of calls, and the others go on', async () => {
    const { code, signal, stderr, report } = await runChild('workers_terminated.mjs')
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual({ terminated: 20, wrong: 0 })
  })
})

describe('the garbage collector', () => {
  const runs = [[['--expose-gc']], [['--expose-gc', '--stress-compaction', '--gc-interval=97']]]
  it.each(runs)('with %j leaves heads, values and environs what they were', async flags => {
    const { code, signal, stderr, report } = await runChild('garbage_collected.mjs', flags)
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual({ wrong: 0 })
  })

  const always = [['--expose-gc'], ['--gc-interval=53', '--stress-compaction'], ['--stress-marking=40', '--stress-incremental-marking'],
    ['--stress-compaction-random', '--gc-interval=31']]
  it.each(always.map(flags => [flags]))('running all the time, with %j, changes no answer of any function', async flags => {
    const { code, signal, stderr, report } = await runChild('collected_all_the_time.mjs', flags)
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual({ rounds: 200, wrong: 0 })
  })
})
