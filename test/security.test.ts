// SECURITY.md names the tests that hold its promises: they are there, and no promise is without one. docs/reliability.md says what was lost:
// nothing. Knows the form of the pages only.
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const page = readFileSync(new URL('SECURITY.md', root), 'utf8')

it('the tests that SECURITY.md names are there', () => {
  const named = [...new Set([...page.matchAll(/`(test\/[^`]+)`/g)].map(match => match[1]!))]
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(file => !existsSync(new URL(file, root)))).toEqual([])
})

it('every promise of SECURITY.md has a test', () => {
  const promises = page.split(/^#+ Threats, and what is promised$/m)[1]!.split('\n').filter(line => /^\| (?!-)/.test(line))
  const rows = promises.filter(line => !/^\| (what|promise|resource) \|/.test(line))
  expect(rows.length).toBeGreaterThan(30)
  expect(rows.filter(row => !/`test\/[^`]+\.(test\.ts|cc)`[^|]*\|$/.test(row))).toEqual([])
})

it('nothing was lost in the runs that docs/reliability.md tells of', () => {
  const figures = readFileSync(new URL('docs/reliability.md', root), 'utf8')
  const faults = [...figures.matchAll(/^\|(?:[^|]*\|){4} ([^|]*) \| (?:\d+, \d+ )?\|$/gm)].map(match => match[1]!)
  expect(faults.length).toBeGreaterThan(15)
  expect(faults.filter(lost => lost !== '0' && lost !== 'lost')).toEqual([])
  expect(/^\| lost \| (\d+) \|$/m.exec(figures)?.[1]).toBe('0')
  for (const [, before, after] of figures.matchAll(/\| (\d+), (\d+) \|$/gm)) expect(Number(after)).toBeLessThanOrEqual(Number(before))
})
