// What the pages of `gatewire inspect` are made of: titles, rows in columns, remarks. ASCII only, so that no byte of a peer acts on a
// terminal. Knows the width of a line; knows no protocol.
import { type Columns, columnsFor, dumpLines, type Row, rowLines } from './columns.js'
import type { Range, Remarks, Verdict } from './facts.js'
import { type Line, line, painted, widthOf, wrap } from './lines.js'
import type { Paint, Style } from './paint.js'
import { printable, shortened } from './printable.js'
import { STOCK_UWSGI } from './warnings.js'

export interface Page {
  /** What the bytes were read from. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly total: number
  /** Characters of a line. */
  readonly width: number
  readonly columns: Columns
  readonly paint: Paint
}

/** A page over `bytes`, which are the first of `total`. */
export function newPage (name: string, bytes: Uint8Array, total: number, width: number, paint: Paint): Page {
  return { name, bytes, total, width, columns: columnsFor(width, total), paint }
}

/** Lines of content that are shown. */
export const PREVIEW_LINES: number = 8
/** Lines of a value that are shown. */
const VALUE_LINES = 6

export function counted (count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

/** Inclusive, as in hex editors: `4-37`, `4` for one byte. */
export function rangeOf ({ offset, length }: Range): string {
  return length === 1 ? `${offset}` : `${offset}-${offset + length - 1}`
}

/** A value in so many columns, as far as there is room; of one that was cut, the length. */
export function value (text: string, width: number): Line {
  if (text === '') return line('(empty)', 'quiet')
  const shown = shortened(text, width)
  const tail = `... (${text.length} bytes)`
  return shown.endsWith(tail) ? [['value', shown.slice(0, -tail.length)], ['quiet', tail]] : line(shown, 'value')
}

/** A value beside its name, in the column of meanings. */
export function valueBeside (name: string, text: string, { columns }: Page): Line {
  return value(text, Math.max(columns.meaningWidth, VALUE_LINES * (columns.meaningWidth - 2) - name.length))
}

/** The length of the longest text. A function's arguments are bounded, chunks of content are not. */
export function widest (texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0)
}

export function rows (list: readonly Row[], { bytes, columns }: Page): Line[] {
  return list.flatMap(row => rowLines(row, bytes, columns))
}

/** The first bytes of a range, and how many more there are. */
export function preview (range: Range, { bytes, columns }: Page): Line[] {
  return dumpLines(range, bytes, columns, PREVIEW_LINES)
}

/** A sentence on as many lines as it takes; the next ones are indented. */
export function sentence (text: string, { width }: Page, style: Style = 'plain'): Line[] {
  const indent = /^ */.exec(text)![0].length
  return wrap([['plain', ' '.repeat(indent)], [style, text.trimStart()]], width, indent + (indent > 0 ? 0 : 2))
}

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = { accepted: 'good', refused: 'bad', incomplete: 'warning', foreign: 'bad' }

/** The first line: what was looked at, and what is to be thought of it. */
export function verdictLines (verdict: Verdict, subject: string, words: string, { name, total, width }: Page): Line[] {
  const of = `${printable(name)} (${counted(total, 'byte')}):`
  const judged: Line = [['plain', subject === '' ? '' : `${subject} `], [VERDICT_STYLES[verdict], words]]
  return of.length + 1 + widthOf(judged) <= width ? [[['plain', `${of} `], ...judged]] : [line(of), [['plain', '  '], ...judged]]
}

/** What to think of it, if there is anything. */
export function remarks ({ hints, warnings }: Remarks, { width }: Page): Line[][] {
  const lines = [
    ...hints.flatMap(({ message }) => wrap([['hint', 'hint:'], ['plain', ` ${message}`]], width, 2)),
    ...warnings.flatMap(({ code, message, offset }) => {
      return wrap([['warning', `warning ${code}`], ['plain', `${offset === undefined ? '' : ` at byte ${offset}`}: ${message}`]], width, 2)
    })
  ]
  return lines.length === 0 ? [] : [lines]
}

/** Whether uWSGI would take a packet as it is installed. */
export function stockLine (datasize: number, vars: number | undefined): Line {
  const { maxBytes, maxVars } = STOCK_UWSGI
  const variables = vars === undefined ? '' : ` and ${vars} of ${maxVars} variables`
  return line(`fits stock uWSGI: ${datasize} of ${maxBytes} bytes${variables}`)
}

/** The sections as a page, ending with a line feed. Lines without columns may be too long for it. */
export function pageOf (sections: ReadonlyArray<readonly Line[]>, { paint, width }: Page): string {
  const fitted = (one: Line): Line[] => widthOf(one) > width ? wrap(one, width, 2) : [one]
  return sections.map(lines => lines.flatMap(fitted).map(one => painted(one, paint)).join('\n')).join('\n\n') + '\n'
}
