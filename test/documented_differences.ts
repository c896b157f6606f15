// The tables of docs/http-support.md that say where others see a request differently. Knows their form, and nothing of who the others are. Rows:
// what differs, what the other one has, what we have, why, and the cases of corpus/http, or `all`.
import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../docs/http-support.md', import.meta.url), 'utf8')

interface Row {
  readonly what: string
  readonly patterns: readonly string[]
}

/** The rows of the table under a heading. */
function rowsUnder (heading: string): Row[] {
  const section = page.slice(page.indexOf(`## ${heading}\n`)).split(/^## /m)[1] ?? ''
  return [...section.matchAll(/^\| ([^|]+) \|(?:[^|]*\|){3} ([^|]*) \|$/gm)].slice(1).map(([, whats, cases]) => ({
    what: whats!,
    patterns: cases === 'all' ? ['*'] : [...cases!.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
  }))
}

function fits (name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/**
 * Holds what was seen against a table: `seen` are names of cases by what differs. The result: differences that no row has, and rows, or
 * patterns of rows, that nothing was seen of.
 */
export function compareWithTable (heading: string, seen: ReadonlyMap<string, readonly string[]>): string[] {
  const rows = rowsUnder(heading)
  const faults: string[] = []
  // A backtick or a vertical bar would be part of the table.
  const plain = (name: string): string => name.replace(/[`|]/g, '')
  const names = (what: string): string[] => what.split(', ').map(plain)
  const differences = new Map([...seen].map(([what, cases]) => [plain(what), cases]))
  for (const [what, cases] of differences) {
    const patterns = rows.filter(row => names(row.what).includes(what)).flatMap(row => row.patterns)
    for (const name of cases) if (!patterns.some(pattern => fits(name, pattern))) faults.push(`${what} differs in ${name}, which the table does not say`)
  }
  for (const row of rows) {
    const cases = names(row.what).flatMap(what => differences.get(what) ?? [])
    for (const pattern of row.patterns) if (!cases.some(name => fits(name, pattern))) faults.push(`${row.what} does not differ in ${pattern}`)
  }
  if (rows.length === 0) faults.push(`there is no table under ${heading}`)
  return faults
}

/** Collects differences. */
export class Differences extends Map<string, string[]> {
  note (what: string, name: string): void {
    const cases = this.get(what)
    if (cases === undefined) this.set(what, [name])
    else cases.push(name)
  }

  /** Notes the keys in which two records differ. */
  compare (name: string, one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): void {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) if (one[key] !== other[key]) this.note(key, name)
  }
}
