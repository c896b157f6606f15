// Prints the examination of a uwsgi packet for people: byte ranges, names, values. Knows the facts; decides nothing about the packet.
import type { Header, Item, PacketExamination, Var } from './facts.js'
import { counted, type Page, pageOf, preview, PREVIEW_BYTES, RANGE_WIDTH, rangeOf, remarks, row, stockLine, value, widest } from './page.js'
import { hexDumpAround, printable, shortened, wrapped } from './printable.js'
import { fitsStockUwsgi } from './warnings.js'

const NUMBER_WIDTH = 7
const MAX_KEY_WIDTH = 32
const RAW_BYTES = 256

function verdict ({ verdict, error, overrun, incomplete, header }: PacketExamination, { name, total, width }: Page): string[] {
  const of = `${printable(name)} (${counted(total, 'byte')})`
  if (verdict === 'foreign') return [`${of}: neither a uwsgi packet nor an HTTP/1.x request`]
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
  const keyWidth = widest(names)
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

function payloadSection ({ header, vars, items, raw, verdict }: PacketExamination, { bytes, width }: Page): string[] {
  const { payload } = header!
  const before = verdict === 'accepted' ? '' : ', as far as they can be read'
  if (payload === 'vars') return [`${counted(vars.length, 'variable')}${before}`, ...varRows(vars, width)]
  if (payload === 'array') return [`${counted(items.length, 'item')}${before}`, ...itemRows(items, width)]
  if (raw === undefined) return ['no payload']
  return [`payload, bytes ${rangeOf(raw)}`, ...preview(bytes, raw, RAW_BYTES)]
}

function contentSection ({ content }: PacketExamination, { bytes }: Page): string[][] {
  if (content === undefined) return []
  const { offset, announced, present } = content
  if (announced === 0) return [['no content announced']]
  const there = present === announced ? 'all there' : `${present} there`
  const title = `content, ${counted(announced, 'byte')} announced by CONTENT_LENGTH, ${there}`
  return [present === 0 ? [title] : [title, ...preview(bytes, { offset, length: present }, PREVIEW_BYTES)]]
}

function restSection ({ rest, header }: PacketExamination, { bytes }: Page): string[][] {
  if (rest === undefined) return []
  const what = header!.follows === undefined ? '' : ` (${header!.follows})`
  return [[`then ${counted(rest.length, 'byte')}${what}`, ...preview(bytes, rest, PREVIEW_BYTES)]]
}

function stockSection ({ header, vars, warnings, verdict }: PacketExamination): string[][] {
  if (verdict !== 'accepted' || !fitsStockUwsgi(warnings)) return []
  return [[stockLine(header!.datasize, header!.payload === 'vars' ? vars.length : undefined)]]
}

/** The page for one examination, ending with a line feed. */
export function annotatePacket (examination: PacketExamination, page: Page): string {
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
  return pageOf(sections)
}
