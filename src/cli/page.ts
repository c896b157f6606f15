// What the pages of `gatewire inspect` are made of: ranges, rows, previews, remarks. ASCII only, so that no byte of a peer acts on a
// terminal. Knows the width of a line; knows no protocol.
import type { Range, Remarks } from './facts.js'
import { hexDump, shortened, wrapped } from './printable.js'
import { STOCK_UWSGI } from './warnings.js'

export interface Page {
  /** What the bytes were read from. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly total: number
  /** Characters of a line. */
  readonly width: number
}

/** Most bytes of content that are shown. */
export const PREVIEW_BYTES: number = 64
export const RANGE_WIDTH: number = 11

export function counted (count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

/** Inclusive, as in hex editors: `4-37`, `4` for one byte. */
export function rangeOf ({ offset, length }: Range): string {
  return length === 1 ? `${offset}` : `${offset}-${offset + length - 1}`
}

export function row (range: string, rest: string): string {
  return `${range.padStart(RANGE_WIDTH)}  ${rest}`.trimEnd()
}

export function value (text: string, width: number): string {
  return text === '' ? '(empty)' : shortened(text, width)
}

/** The length of the longest text. A function's arguments are bounded, chunks of content are not. */
export function widest (texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0)
}

/** The first bytes of a range as a hex dump, and how many more there are. */
export function preview (bytes: Uint8Array, { offset, length }: Range, most: number): string[] {
  const end = Math.min(offset + Math.min(length, most), bytes.length)
  const lines = hexDump(bytes, offset, end)
  const left = offset + length - Math.max(offset, end)
  return left > 0 ? [...lines, `${' '.repeat(10)}and ${counted(left, 'byte')} more`] : lines
}

/** What to think of it, if there is anything. */
export function remarks ({ hints, warnings }: Remarks, { width }: Pick<Page, 'width'>): string[][] {
  const lines = [
    ...hints.flatMap(({ message }) => wrapped(`hint: ${message}`, width, '  ')),
    ...warnings.flatMap(({ code, message, offset }) => {
      return wrapped(`warning ${code}${offset === undefined ? '' : ` at byte ${offset}`}: ${message}`, width, '  ')
    })
  ]
  return lines.length === 0 ? [] : [lines]
}

/** Whether uWSGI would take a packet as it is installed. */
export function stockLine (datasize: number, vars: number | undefined): string {
  const { maxBytes, maxVars } = STOCK_UWSGI
  const variables = vars === undefined ? '' : ` and ${vars} of ${maxVars} variables`
  return `fits stock uWSGI: ${datasize} of ${maxBytes} bytes${variables}`
}

/** The sections as a page, ending with a line feed. */
export function pageOf (sections: ReadonlyArray<readonly string[]>): string {
  return sections.map(lines => lines.join('\n')).join('\n\n') + '\n'
}
