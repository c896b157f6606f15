// Prints the examination of a uwsgi packet for people: bytes, names, values, and what is wrong. Knows the facts; decides nothing about the packet.
import { dumpAround, type Row } from './columns.js'
import { cureOf } from './cures.js'
import type { Header, Item, PacketExamination, Var } from './facts.js'
import { type Line, line } from './lines.js'
import { counted, type Page, pageOf, preview, rangeOf, remarks, rows, sentence, stockLine, valueBeside, verdictLines } from './page.js'
import { shortened } from './printable.js'
import { fitsStockUwsgi } from './warnings.js'

const MAX_KEY_WIDTH = 40

function verdict ({ verdict, error, overrun, incomplete, header }: PacketExamination, page: Page): Line[] {
  if (verdict === 'foreign') return verdictLines(verdict, '', 'neither a uwsgi packet nor an HTTP/1.x request', page)
  const title = verdictLines(verdict, 'uwsgi packet', incomplete === undefined ? verdict : `incomplete: ${incomplete.have} of ${incomplete.need} bytes`, page)
  if (error !== undefined) {
    const lengths = overrun === undefined ? '' : `; the length there says ${overrun.announced}, ${overrun.left} are left`
    return [...title, ...sentence(`  ${error.code}, status ${error.status}: ${error.message}${lengths}`, page), ...sentence(`  ${cureOf(error.code)}`, page, 'hint')]
  }
  if (incomplete === undefined) return title
  const why = header === undefined ? 'the header alone has four bytes' : 'the header announces more than is there'
  return [...title, ...sentence(`  ${why}: the capture was cut, or the sender has not sent all`, page)]
}

function headerSection ({ modifier1, datasize, modifier2, modifier2Meaning, name, payload, request }: Header, page: Page): Line[] {
  const kind = `${request ? 'request: ' : ''}${name}; payload: ${payload === 'empty' ? 'none' : payload}`
  const payloadRange = datasize === 0 ? 'the payload is empty' : `the payload is bytes ${rangeOf({ offset: 4, length: datasize })}`
  const meaning = modifier2Meaning ?? (modifier2 === 0 ? '' : 'has no meaning here')
  const one = (offset: number, length: number, name: string, number: number, text: string): Row => ({
    offset, length, pieces: [['number', length]], meaning: [['name', name], ['plain', ' '], ['number', String(number)], ['plain', text === '' ? '' : `: ${text}`]]
  })
  return [line('header', 'title'), ...rows([
    one(0, 1, 'modifier1', modifier1, kind), one(1, 2, 'datasize', datasize, payloadRange), one(3, 1, 'modifier2', modifier2, meaning)
  ], page)]
}

function varRow ({ key, offset, length, value }: Var, page: Page): Row {
  const name = shortened(key, MAX_KEY_WIDTH)
  const shown = value === undefined ? line('(at fault)', 'bad') : valueBeside(name, value, page)
  const pieces: Row['pieces'] = [['quiet', 2], ['name', key.length], ['quiet', 2], ['value', value?.length ?? 0]]
  return { offset, length, pieces, meaning: [['name', name], ['plain', ' = '], ...shown] }
}

function itemRow (item: Item, number: number, page: Page): Row {
  const name = String(number)
  return { offset: item.offset, length: item.length, pieces: [['quiet', 2], ['value', 0]], meaning: [['name', name], ['plain', ': '], ...valueBeside(name, item.value, page)] }
}

/** What stands where a length leaves its block. */
function faultRows ({ error, overrun, header }: PacketExamination): Row[] {
  if (error === undefined || overrun === undefined) return []
  const length = 4 + header!.datasize - error.offset
  const meaning = `${overrun.announced} bytes are announced here, ${overrun.left} are left`
  return [{ offset: error.offset, length, pieces: [['bad', 2], ['plain', 0]], meaning: line(meaning, 'bad') }]
}

function payloadSection (examination: PacketExamination, page: Page): Line[] {
  const { header, vars, items, raw, verdict } = examination
  const { payload } = header!
  const before = verdict === 'accepted' ? '' : ', as far as they can be read'
  if (payload === 'vars') {
    return [line(`${counted(vars.length, 'variable')}${before}`, 'title'), ...rows([...vars.map(one => varRow(one, page)), ...faultRows(examination)], page)]
  }
  if (payload === 'array') {
    return [line(`${counted(items.length, 'item')}${before}`, 'title'), ...rows([...items.map((one, i) => itemRow(one, i, page)), ...faultRows(examination)], page)]
  }
  if (raw === undefined) return [line('no payload')]
  return [line(`payload, bytes ${rangeOf(raw)}`, 'title'), ...preview(raw, page)]
}

function contentSection ({ content }: PacketExamination, page: Page): Line[][] {
  if (content === undefined) return []
  const { offset, announced, present } = content
  if (announced === 0) return [[line('no content announced')]]
  const there = present === announced ? 'all there' : `${present} there`
  const title = line(`content, ${counted(announced, 'byte')} announced by CONTENT_LENGTH, ${there}`, 'title')
  return [[title, ...present === 0 ? [] : preview({ offset, length: present }, page)]]
}

function restSection ({ rest, header }: PacketExamination, page: Page): Line[][] {
  if (rest === undefined) return []
  const what = header!.follows === undefined ? '' : ` (${header!.follows})`
  return [[line(`then ${counted(rest.length, 'byte')}${what}`, 'title'), ...preview(rest, page)]]
}

function stockSection ({ header, vars, warnings, verdict }: PacketExamination): Line[][] {
  if (verdict !== 'accepted' || !fitsStockUwsgi(warnings)) return []
  return [[stockLine(header!.datasize, header!.payload === 'vars' ? vars.length : undefined)]]
}

/** The page for one examination, ending with a line feed. */
export function annotatePacket (examination: PacketExamination, page: Page): string {
  const { header, error } = examination
  const sections: Line[][] = [verdict(examination, page)]
  if (examination.verdict === 'foreign') {
    sections.push(...remarks(examination, page), [line('it begins', 'title'), ...preview({ offset: 0, length: page.total }, page)])
  } else {
    if (error !== undefined) sections.push([line(`bytes around ${error.offset}`, 'title'), ...dumpAround(error.offset, page.bytes, page.columns)])
    if (header !== undefined) sections.push(headerSection(header, page), payloadSection(examination, page))
    sections.push(...contentSection(examination, page), ...restSection(examination, page))
    if (header !== undefined) sections.push(...stockSection(examination))
    sections.push(...remarks(examination, page))
  }
  return pageOf(sections, page)
}
