// What long work says of itself: one line on a terminal, plain lines elsewhere. The scripts that use it are run by hand and in CI.
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { duration, grouped, Progress, rateOf } from '../scripts/progress.mjs'
import { until } from './front_end.js'
import { withoutProgress } from './progress_lines.js'

class Stream extends Writable {
  text = ''
  isTTY: boolean
  columns = 60

  constructor (isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write (chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }

  /** What a terminal would show, line by line. */
  get lines (): string[] {
    return this.text.split('\n').map(line => line.split('\r\x1B[2K').at(-1)!)
  }
}

const NEVER = 1e9

describe('on a terminal', () => {
  it('one line is written anew, no wider than the terminal, and cleared', () => {
    const stream = new Stream(true)
    const progress = new Progress({ stream, intervals: { redraw: 0 } })
    for (const done of [1, 2, 3]) progress.show('measure', { done, total: 4, unit: 'inputs', detail: 'x'.repeat(done * 30) })
    expect(stream.text.split('\r\x1B[2K').length).toBe(4)
    expect(stream.text).not.toContain('\n')
    expect(stream.lines[0]).toHaveLength(59)
    progress.show('measure', { done: 3, total: 4, unit: 'inputs', rate: '5 inputs/s', left: 61 })
    expect(stream.lines).toEqual([expect.stringMatching(/^ +\d+ s {2}measure, 3 of 4 inputs, 5 inputs\/s, 61 s left$/)])
    progress.clear()
    expect(stream.lines).toEqual([''])
  })

  it('is not written more often than can be read, but for what is new', () => {
    const stream = new Stream(true)
    const progress = new Progress({ stream, intervals: { redraw: NEVER } })
    for (const detail of ['1', '2', '3']) progress.show('first', { detail })
    progress.show('second')
    expect(stream.text.match(/first: 1|second/g)).toEqual(['first: 1', 'second'])
    expect(stream.text).not.toContain('first: 2')
    progress.clear()
  })

  it('time goes on where nothing else is told', async () => {
    const stream = new Stream(true)
    const progress = new Progress({ stream, intervals: { redraw: 0, tick: 5 } })
    progress.show('work', { left: 100 })
    const first = stream.lines[0]
    await until(() => stream.lines[0] !== first)
    expect(stream.lines[0]).toMatch(/work, \d+ (s|min 3\d s) left$/)
    progress.clear()
    const { text } = stream
    await sleep(30)
    expect(stream.text).toBe(text)
  })

  it('lines that stay are above it', () => {
    const stream = new Stream(true)
    const progress = new Progress({ stream, intervals: { redraw: 0 } })
    progress.show('work')
    progress.print('a result')
    expect(stream.lines).toEqual(['a result', expect.stringMatching(/work$/)])
    progress.clear()
  })
})

describe('elsewhere', () => {
  it('there is a line for each step, and one every so often', () => {
    const stream = new Stream(false)
    const progress = new Progress({ stream, intervals: { plain: NEVER } })
    for (const detail of ['1', '2']) progress.show('first', { detail })
    progress.show('second', { done: 1, total: 2 })
    progress.clear()
    expect(stream.text).toMatch(/^ +0 s {2}first: 1\n +0 s {2}second, 1 of 2[^\n]*\n$/)
    const often = new Progress({ stream, intervals: { plain: 0 } })
    for (const detail of ['3', '4']) often.show('third', { detail })
    often.clear()
    expect(stream.text).toMatch(/third: 3\n +0 s {2}third: 4\n$/)
  })

  it('a dumb terminal is no other', () => {
    const before = process.env['TERM']
    process.env['TERM'] = 'dumb'
    try {
      const stream = new Stream(true)
      const progress = new Progress({ stream })
      progress.show('work')
      progress.clear()
      expect(stream.text).toMatch(/^ +0 s {2}work\n$/)
    } finally {
      if (before === undefined) delete process.env['TERM']
      else process.env['TERM'] = before
    }
  })
})

it('the rest and the rate follow from what is done', async () => {
  const stream = new Stream(false)
  const progress = new Progress({ stream, intervals: { plain: 0 } })
  await sleep(20)
  progress.show('work', { done: 1000, total: 1_000_000, unit: 'things' })
  progress.clear()
  expect(stream.text).toMatch(/work, 1 000 of 1 000 000 things, [\d ]+ things\/s, (\d+ s|\d+ min \d+ s) left\n$/)
})

it('numbers are for people', () => {
  expect([0, 99.4, 100, 3599, 6000, 360_000].map(duration)).toEqual(['0 s', '99 s', '1 min 40 s', '59 min 59 s', '1 h 40 min', '100 h 0 min'])
  expect([duration(-3), grouped(999), grouped(1234567.8)]).toEqual(['0 s', '999', '1 234 568'])
  expect([rateOf(30, 1, 'runs'), rateOf(5, 2, 'runs'), rateOf(3, 60, 'runs'), rateOf(0, 5, 'runs'), rateOf(5, 0, 'runs')]).toEqual(['30 runs/s', '2.5 runs/s', '3.0 runs/min', '', ''])
})

it('its lines are told from others', () => {
  expect(withoutProgress('   12 s  measure, 3 of 4 inputs\n1 min 40 s  measure: x\nan error\n  0 s  a\n')).toBe('an error\n')
})
