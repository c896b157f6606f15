// The columns of a page: where bytes stand, in hex, as text, and what they mean, as wide as the terminal allows. ASCII only, so that no byte of
// a peer acts on a terminal. Knows ranges of bytes; knows no protocol.
import type { Range } from './facts.js'
import { type Line, line, padded, type Span, widthOf, wrap } from './lines.js'
import type { Style } from './paint.js'

/** Bytes and what they mean. */
export interface Row extends Range {
  /** Styles of the first bytes, next bytes and so on, each with how many they are; of what is left, the last one. */
  readonly pieces: ReadonlyArray<readonly [style: Style, length: number]>
  readonly meaning: Line
}

export interface Columns {
  readonly offsetWidth: number
  /** Of one line. */
  readonly bytes: number
  readonly meaningWidth: number
}

const GAP = 2
/** Bytes of a line, from the best. */
const SIZES = [16, 12, 8, 6, 4]
const LEAST_MEANING = 34
const LEAST_OFFSET = 6
/** Lines of a row: as many as its meaning takes, and no fewer than these. */
const ROW_LINES = 4

const hexWidth = (bytes: number): number => 3 * bytes - 1

/** Columns for a page of this width over so many bytes. */
export function columnsFor (width: number, total: number): Columns {
  const offsetWidth = Math.max(LEAST_OFFSET, String(total).length)
  const rest = (bytes: number): number => width - offsetWidth - hexWidth(bytes) - bytes - 3 * GAP
  const bytes = SIZES.find(size => rest(size) >= LEAST_MEANING) ?? SIZES.at(-1)!
  return { offsetWidth, bytes, meaningWidth: rest(bytes) }
}

const gap: Span = ['plain', ' '.repeat(GAP)]

function columnLine (columns: Columns, offset: Line, hex: Line, text: Line, meaning: Line): Line {
  const { offsetWidth, bytes } = columns
  const missing = offsetWidth - widthOf(offset)
  return [['plain', ' '.repeat(Math.max(0, missing))], ...offset, gap, ...padded(hex, hexWidth(bytes)), gap, ...padded(text, bytes), gap, ...meaning]
}

/** What stands over the columns. */
export function columnTitles (columns: Columns): Line {
  return columnLine(columns, line('offset', 'quiet'), line('hex', 'quiet'), line('text', 'quiet'), line('meaning', 'quiet'))
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7E

/** Bytes in hex and as text, with the style that each of them has. */
function shown (bytes: Uint8Array, from: number, to: number, styleAt: (offset: number) => Style): [hex: Line, text: Line] {
  const hex: Array<[Style, string]> = []
  const text: Array<[Style, string]> = []
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    const style = styleAt(at)
    const space = at === from ? '' : ' '
    const digits = byte.toString(16).padStart(2, '0')
    const character = isPrintable(byte) ? String.fromCharCode(byte) : '.'
    if (hex.at(-1)?.[0] === style) {
      hex.at(-1)![1] += space + digits
      text.at(-1)![1] += character
    } else {
      if (space !== '') hex.push(['plain', space])
      hex.push([style, digits])
      text.push([style, character])
    }
  }
  return [hex, text]
}

function styleIn ({ offset, pieces }: Row): (at: number) => Style {
  let i = 0
  let end = offset + (pieces[0]?.[1] ?? 0)
  return at => {
    while (at >= end && i < pieces.length - 1) end += pieces[++i]![1]
    return pieces[i]?.[0] ?? 'plain'
  }
}

/** A row as lines: its bytes, as far as they are there and there is room, beside what they mean. */
export function rowLines (row: Row, bytes: Uint8Array, columns: Columns): Line[] {
  const { offset, length, meaning } = row
  const meanings = wrap(meaning, columns.meaningWidth, 2)
  const size = columns.bytes
  const end = Math.min(offset + length, bytes.length)
  const needed = Math.ceil((end - offset) / size)
  const room = Math.max(ROW_LINES, meanings.length)
  const count = needed > room ? room - 1 : needed
  const styleAt = styleIn(row)
  const left = Array.from({ length: count }, (_, i): [Line, Line, Line] => {
    const from = offset + i * size
    return [line(String(from), 'quiet'), ...shown(bytes, from, Math.min(from + size, end), styleAt)]
  })
  if (needed > room) left.push([[], line(`${length - count * size} more`, 'quiet'), []])
  if (needed <= 0) left.push([line(String(offset), 'quiet'), [], []])
  return Array.from({ length: Math.max(left.length, meanings.length) }, (_, i) => columnLine(columns, ...left[i] ?? [[], [], []], meanings[i] ?? []))
}

/** Bytes that have no meaning of their own, up to so many lines of them. */
export function dumpLines ({ offset, length }: Range, bytes: Uint8Array, columns: Columns, mostLines: number, style: Style = 'plain'): Line[] {
  const end = Math.min(offset + Math.min(length, mostLines * columns.bytes), bytes.length)
  const lines: Line[] = []
  for (let at = offset; at < end; at += columns.bytes) {
    const [hex, text] = shown(bytes, at, Math.min(at + columns.bytes, end), () => style)
    lines.push(columnLine(columns, line(String(at), 'quiet'), hex, text, []))
  }
  const left = offset + length - Math.max(offset, end)
  return left > 0 ? [...lines, columnLine(columns, [], line(`${left} more`, 'quiet'), [], [])] : lines
}

/** The lines around a byte: the one before it, its own with carets under it, the one after. */
export function dumpAround (at: number, bytes: Uint8Array, columns: Columns): Line[] {
  const size = columns.bytes
  const own = at - at % size
  const lines: Line[] = []
  for (let from = Math.max(0, own - size); from <= own + size && from < bytes.length; from += size) {
    const [hex, text] = shown(bytes, from, Math.min(from + size, bytes.length), offset => offset === at ? 'bad' : 'plain')
    lines.push(columnLine(columns, line(String(from), 'quiet'), hex, text, []))
    if (from === own) lines.push(marks(at - own, at, columns))
  }
  // The fault may be that there is nothing more.
  return at === bytes.length && at === own ? [...lines, marks(0, at, columns)] : lines
}

function marks (column: number, at: number, { offsetWidth }: Columns): Line {
  return [['plain', ' '.repeat(offsetWidth + GAP + 3 * column)], ['bad', `^^ byte ${at}`]]
}
