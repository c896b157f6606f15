// Prints what was found in an input, for people and for programs. Knows pages of one finding and the facts of one; decides nothing.
import { annotatePacket } from './annotate_packet.js'
import { annotateRequests } from './annotate_requests.js'
import type { Examination, Finding } from './examine.js'
import { factsOf } from './facts_json.js'
import type { Paint } from './paint.js'
import { newPage, rangeOf } from './page.js'
import { printable } from './printable.js'

export interface Printing {
  /** What the input is called. */
  readonly name: string
  readonly width: number
  readonly paint: Paint
}

/** Bytes that another finding is made of are no surplus. */
function withoutNext (examination: Examination): Examination {
  const warnings = examination.warnings.filter(({ code }) => code !== 'BYTES_AFTER_CONTENT')
  return { ...examination, rest: undefined, warnings }
}

/** The page of one finding, which ends with a line feed. */
export function findingPage ({ part, at, examination, end }: Finding, { name, width, paint }: Printing): string {
  const bytes = part.bytes.subarray(at, end)
  const page = newPage(part.name === undefined ? name : `${name}, ${part.name}`, bytes, (end ?? part.total) - at, width, paint)
  const shown = end === undefined ? examination : withoutNext(examination)
  return shown.protocol === 'uwsgi' ? annotatePacket(shown, page) : annotateRequests(shown, page)
}

function heading ({ part, at, end }: Finding, number: number, count: number, { paint, width }: Printing): string {
  const where = at === 0 && end === undefined ? '' : `, bytes ${rangeOf({ offset: at, length: (end ?? part.total) - at })}`
  const from = at === 0 ? '' : `; offsets count from byte ${at}`
  const text = `== ${number} of ${count}${part.name === undefined ? '' : `: ${printable(part.name)}`}${where}${from} `
  return paint('title', text + '='.repeat(Math.max(2, width - text.length)))
}

/** The whole page. */
export function pageOfFindings (findings: readonly Finding[], printing: Printing): string {
  if (findings.length === 1) return findingPage(findings[0]!, printing)
  const pages = findings.map((finding, i) => `${heading(finding, i + 1, findings.length, printing)}\n\n${findingPage(finding, printing)}\n`)
  const counts = (['accepted', 'refused', 'incomplete', 'foreign'] as const)
    .map(verdict => [verdict, findings.filter(({ examination }) => examination.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict === 'foreign' ? 'of another protocol' : verdict}`)
  return `${pages.join('')}${printing.paint('title', `${findings.length} in all: ${counts.join(', ')}`)}\n`
}

/** The object for programs: the first finding, and the others in `following`. */
export function jsonOfFindings ([first, ...others]: readonly Finding[], name: string, format: string): object {
  const facts = ({ part, at, examination }: Finding): object => ({ ...factsOf(examination, name, part.total), part: part.name, at })
  return { ...facts(first!), format, following: others.map(facts) }
}
