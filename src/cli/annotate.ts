// Prints an examination for people: byte ranges, names, values. ASCII only, so that no byte of a packet acts on a terminal. Knows the
// facts and the width of a line; decides nothing about the packet.
import type { Examination, Header, Item, Range, Var } from './facts.js'
import { hexDump, hexDumpAround, printable, shortened, wrapped } from './printable.js'
import { fitsStockUwsgi, STOCK_UWSGI } from './warnings.js'

export interface Page {
  /** What the bytes were read from. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly total: number
  /** Characters of a line. */
  readonly width: number
}

const RANGE_WIDTH = 11
const NUMBER_WIDTH = 7
const MAX_KEY_WIDTH = 32
const RAW_BYTES = 256
const PREVIEW_BYTES = 64

function counted (count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

/** Inclusive, as in hex editors: `4-37`, `4` for one byte. */
function rangeOf ({ offset, length }: Range): string {
  return length === 1 ? `${offset}` : `${offset}-${offset + length - 1}`
}

function row (range: string, rest: string): string {
  return `${range.padStart(RANGE_WIDTH)}  ${rest}`.trimEnd()
}

function value (text: string, width: number): string {
  return text === '' ? '(empty)' : shortened(text, width)
}

function verdict ({ verdict, error, overrun, incomplete, header }: Examination, { name, total, width }: Page): string[] {
  const of = `${printable(name)} (${counted(total, 'byte')})`
  if (verdict === 'foreign') return [`${of}: not a uwsgi packet`]
  if (error !== undefined) {
    const lengths = overrun === undefined ? '' : `; the length there says ${overrun.announced}, ${overrun.left} are left`
    return [`${of}: uwsgi packet refused`, ...wrapped(`  ${error.code}, status ${error.status}: ${error.message}${lengths}`, width, '  ')]
  }
  if (incomplete === undefined) return [`${of}: uwsgi packet accepted`]
  const why = header === undefined ? 'the header alone has four bytes' : 'the header announces more than is there'
  return [`${of}: uwsgi packet incomplete: ${incomplete.have} of ${incomplete.need} bytes`, `  ${why}`]
}

function headerRows (header: Header, width: number): string[] {
  const { modifier1, datasize, modifier2, modifier2Meaning, name, payload, request } = header
  const kind = `${request ? 'request: ' : ''}${name}; payload: ${payload === 'empty' ? 'none' : payload}`
  const payloadRange = datasize === 0 ? 'is empty' : `is bytes ${rangeOf({ offset: 4, length: datasize })}`
  const meaning = modifier2Meaning ?? (modifier2 === 0 ? '' : 'has no meaning here')
  const rows = [
    row('0', `modifier1  ${String(modifier1).padEnd(NUMBER_WIDTH)}${kind}`),
    row('1-2', `datasize   ${String(datasize).padEnd(NUMBER_WIDTH)}the payload ${payloadRange}`),
    row('3', `modifier2  ${String(modifier2).padEnd(NUMBER_WIDTH)}${meaning}`)
  ]
  const indent = ' '.repeat(RANGE_WIDTH + 'modifier1'.length + NUMBER_WIDTH + 4)
  return ['header', ...rows.flatMap(line => wrapped(line, width, indent))]
}

function varRows (vars: readonly Var[], width: number): string[] {
  const names = vars.map(({ key }) => shortened(key, MAX_KEY_WIDTH))
  const keyWidth = Math.max(0, ...names.map(name => name.length))
  const valueWidth = width - RANGE_WIDTH - keyWidth - 4
  return vars.map((one, i) => {
    const shown = one.value === undefined ? '(at fault)' : value(one.value, valueWidth)
    return row(rangeOf(one), `${names[i]!.padEnd(keyWidth)}  ${shown}`)
  })
}

function itemRows (items: readonly Item[], width: number): string[] {
  const indexWidth = String(items.length - 1).length
  const valueWidth = width - RANGE_WIDTH - indexWidth - 4
  return items.map((item, i) => row(rangeOf(item), `${String(i).padStart(indexWidth)}  ${value(item.value, valueWidth)}`))
}

/** The first bytes of a range as a hex dump, and how many more there are. */
function preview (bytes: Uint8Array, { offset, length }: Range, most: number): string[] {
  const end = Math.min(offset + Math.min(length, most), bytes.length)
  const lines = hexDump(bytes, offset, end)
  const left = offset + length - Math.max(offset, end)
  return left > 0 ? [...lines, `${' '.repeat(10)}and ${counted(left, 'byte')} more`] : lines
}

function payloadSection ({ header, vars, items, raw, verdict }: Examination, { bytes, width }: Page): string[] {
  const { payload } = header!
  const before = verdict === 'accepted' ? '' : ', as far as they can be read'
  if (payload === 'vars') return [`${counted(vars.length, 'variable')}${before}`, ...varRows(vars, width)]
  if (payload === 'array') return [`${counted(items.length, 'item')}${before}`, ...itemRows(items, width)]
  if (raw === undefined) return ['no payload']
  return [`payload, bytes ${rangeOf(raw)}`, ...preview(bytes, raw, RAW_BYTES)]
}

function contentSection ({ content }: Examination, { bytes }: Page): string[][] {
  if (content === undefined) return []
  const { offset, announced, present } = content
  if (announced === 0) return [['no content announced']]
  const there = present === announced ? 'all there' : `${present} there`
  const title = `content, ${counted(announced, 'byte')} announced by CONTENT_LENGTH, ${there}`
  return [present === 0 ? [title] : [title, ...preview(bytes, { offset, length: present }, PREVIEW_BYTES)]]
}

function restSection ({ rest, header }: Examination, { bytes }: Page): string[][] {
  if (rest === undefined) return []
  const what = header!.follows === undefined ? '' : ` (${header!.follows})`
  return [[`then ${counted(rest.length, 'byte')}${what}`, ...preview(bytes, rest, PREVIEW_BYTES)]]
}

function stockSection ({ header, vars, warnings, verdict }: Examination): string[][] {
  const { maxBytes, maxVars } = STOCK_UWSGI
  if (verdict !== 'accepted' || !fitsStockUwsgi(warnings)) return []
  const variables = header!.payload === 'vars' ? ` and ${vars.length} of ${maxVars} variables` : ''
  return [[`fits stock uWSGI: ${header!.datasize} of ${maxBytes} bytes${variables}`]]
}

function remarks ({ hints, warnings }: Examination, { width }: Page): string[][] {
  const lines = [
    ...hints.flatMap(({ message }) => wrapped(`hint: ${message}`, width, '  ')),
    ...warnings.flatMap(({ code, message, offset }) => {
      return wrapped(`warning ${code}${offset === undefined ? '' : ` at byte ${offset}`}: ${message}`, width, '  ')
    })
  ]
  return lines.length === 0 ? [] : [lines]
}

/** The page for one examination, ending with a line feed. */
export function annotate (examination: Examination, page: Page): string {
  const { header, error } = examination
  const sections: string[][] = [verdict(examination, page)]
  if (examination.verdict === 'foreign') {
    sections.push(...remarks(examination, page), ['it begins', ...preview(page.bytes, { offset: 0, length: page.total }, PREVIEW_BYTES)])
  } else {
    if (error !== undefined) sections.push([`bytes around ${error.offset}`, ...hexDumpAround(page.bytes, error.offset)])
    if (header !== undefined) sections.push(headerRows(header, page.width), payloadSection(examination, page))
    sections.push(...contentSection(examination, page), ...restSection(examination, page))
    if (header !== undefined) sections.push(...stockSection(examination))
    sections.push(...remarks(examination, page))
  }
  return sections.map(lines => lines.join('\n')).join('\n\n') + '\n'
}
