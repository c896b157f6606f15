// Prints the examination of HTTP/1.x requests for people: byte ranges, names, values, the line of a refusal. Knows the facts; decides nothing
// about the requests.
import type { Chunk, Content, Fault, Field, HeadFacts, Line, NoVariable, Part, Request, RequestsExamination } from './http_facts.js'
import { counted, type Page, pageOf, preview, PREVIEW_BYTES, RANGE_WIDTH, rangeOf, remarks, row, stockLine, value, widest } from './page.js'
import { printable, shortened, wrapped } from './printable.js'
import { isWithinStockUwsgi } from './warnings.js'

const LABEL_WIDTH = 7
const MAX_NAME_WIDTH = 28
const MAX_VARIABLE_WIDTH = 32
/** Room for a value that was cut, or for the reason why there is no variable. */
const MIN_VALUE_WIDTH = 18

const REASONS: Readonly<Record<NoVariable, string>> = {
  underscore: '(none: underscore)',
  proxy: '(none: Proxy)',
  framing: '(none: framing)',
  replaced: '(none: see target)'
}

const RESTS: Readonly<Record<NonNullable<RequestsExamination['rest']>['why'], string>> = {
  'closed': 'not parsed: the connection closes',
  'upgrade': 'of the new protocol, if the server changes to it',
  'unread': 'that were not read',
  'empty line': 'an empty line'
}

function verdict ({ verdict, requests, fault }: RequestsExamination, { name, total, width }: Page): string[] {
  const of = `${printable(name)} (${counted(total, 'byte')})`
  if (verdict === 'accepted') return [`${of}: ${counted(requests.length, 'HTTP request')} accepted`]
  const title = `${of}: HTTP request ${Math.max(1, requests.length)} ${verdict}`
  if (fault === undefined) return [title, '  its head has no end yet']
  const { code, status, message } = fault.error
  return [title, ...wrapped(`  ${code}, status ${status}: ${message}`, width, '  ')]
}

/** The line of a fault, cut around it where it is too long, with carets under the byte. */
function faultSection ({ error, line }: Fault, width: number): string[] {
  const at = error.offset - line.offset
  const room = width - RANGE_WIDTH - 2 - '...'.length * 2
  const bytes = Array.from(line.value, character => character === ' ' ? ' ' : printable(character))
  let from = at
  let before = 0
  while (from > 0 && before + bytes[from - 1]!.length <= room / 2) before += bytes[--from]!.length
  let to = at
  let shown = before
  while (to < bytes.length && shown + bytes[to]!.length <= room) shown += bytes[to++]!.length
  const start = from > 0 ? '...' : ''
  const text = start + bytes.slice(from, to).join('') + (to < bytes.length ? '...' : '')
  const indent = ' '.repeat(RANGE_WIDTH + 2 + start.length + before)
  const marks = '^'.repeat(bytes[at]?.length ?? 1)
  const range = line.length === 0 ? `${line.offset}` : rangeOf(line)
  return ['the line at fault', row(range, text === '' ? '(the end)' : text), `${indent}${marks} byte ${error.offset}`]
}

function requestLineSection ({ requestLine }: Request, width: number): string[][] {
  if (requestLine === undefined) return []
  const part = (name: string, one: Part): string => {
    return row(rangeOf(one), `${name.padEnd(LABEL_WIDTH)}  ${shortened(one.value, width - RANGE_WIDTH - LABEL_WIDTH - 4)}`)
  }
  return [['request line', part('method', requestLine.method), part('target', requestLine.target), part('version', requestLine.version)]]
}

function joinedLines (fields: readonly Field[], width: number): string[] {
  const first = fields.filter(({ joined, offset }) => joined[0] === offset)
  return first.flatMap(({ variable, joined }) => wrapped(`  ${shortened(variable!, width / 2)} is joined from the lines at bytes ${joined.join(', ')}`, width, '    '))
}

function fieldsSection ({ fields, verdict, head }: Request, width: number): string[][] {
  if (fields.length === 0) return head === undefined ? [] : [['no field lines']]
  const variables = fields.map(({ variable, noVariable }) => variable === undefined ? REASONS[noVariable!] : shortened(variable, MAX_VARIABLE_WIDTH))
  const variableWidth = widest(variables)
  const most = Math.min(MAX_NAME_WIDTH, width - RANGE_WIDTH - variableWidth - MIN_VALUE_WIDTH - 6)
  const names = fields.map(({ name }) => shortened(name, most))
  const nameWidth = widest(names)
  const valueWidth = width - RANGE_WIDTH - nameWidth - variableWidth - 6
  const rows = fields.map((field, i) => {
    return row(rangeOf(field), `${names[i]!.padEnd(nameWidth)}  ${variables[i]!.padEnd(variableWidth)}  ${value(field.value, valueWidth)}`)
  })
  const before = verdict === 'accepted' || head !== undefined ? '' : ', as far as they can be read'
  return [[`${counted(fields.length, 'field line')}${before}: name, variable, value`, ...rows, ...joinedLines(fields, width)]]
}

function framingText ({ framing }: HeadFacts): string {
  if (framing.kind === 'length') return `by Content-Length, ${counted(framing.length, 'byte')}`
  return framing.kind === 'none' ? 'none' : 'chunked'
}

function headSection (head: HeadFacts, width: number): string[] {
  const { keepAlive, expectContinue, upgrade } = head
  return [
    `content: ${framingText(head)}`,
    `the connection ${keepAlive ? 'stays open' : 'closes'} after the response`,
    ...(expectContinue ? ['the client waits for 100 before it sends the content'] : []),
    ...(upgrade === undefined ? [] : [`the client would change to ${shortened(upgrade, width / 2)}`])
  ]
}

function environSection ({ environ }: HeadFacts, width: number): string[] {
  const names = Object.keys(environ).map(name => shortened(name, MAX_VARIABLE_WIDTH))
  const nameWidth = widest(names)
  const rows = Object.values(environ).map((one, i) => `  ${names[i]!.padEnd(nameWidth)}  ${value(one, width - nameWidth - 4)}`)
  return [`environ, ${counted(names.length, 'variable')}; those of the connection are what they are without one`, ...rows]
}

function stockSection ({ packet }: HeadFacts): string[][] {
  if (packet === undefined) return [['no uwsgi packet can hold these variables']]
  return !isWithinStockUwsgi(packet.datasize, packet.vars) ? [] : [[`as a uwsgi packet it ${stockLine(packet.datasize, packet.vars)}`]]
}

function chunkRows (chunks: readonly Chunk[], bytes: Uint8Array, width: number): string[] {
  const lines = chunks.map(({ line }) => shortened(line, MAX_NAME_WIDTH))
  const lineWidth = widest(lines)
  return chunks.map((chunk, i) => {
    const { size, present, dataOffset } = chunk
    const data = Buffer.from(bytes.subarray(dataOffset, dataOffset + present)).toString('latin1')
    const shown = size === 0 ? '(the last chunk)' : present === 0 ? '(not there yet)' : shortened(data, width - RANGE_WIDTH - lineWidth - 4)
    return row(rangeOf(chunk), `${lines[i]!.padEnd(lineWidth)}  ${shown}`)
  })
}

function trailerRows (trailers: readonly Line[], width: number): string[] {
  const names = trailers.map(({ name }) => shortened(name, MAX_NAME_WIDTH))
  const nameWidth = widest(names)
  return trailers.map((line, i) => row(rangeOf(line), `${names[i]!.padEnd(nameWidth)}  ${value(line.value, width - RANGE_WIDTH - nameWidth - 4)}`))
}

function contentSection (content: Content | undefined, { bytes, width }: Page): string[][] {
  if (content === undefined) return []
  const { announced, present, complete, chunks, trailers, offset } = content
  if (announced !== undefined) {
    const title = `content, ${counted(announced, 'byte')} announced by Content-Length, ${complete ? 'all there' : `${present} there`}`
    return [present === 0 ? [title] : [title, ...preview(bytes, { offset, length: present }, PREVIEW_BYTES)]]
  }
  const title = `content, ${counted(present, 'byte')} in ${counted(chunks.filter(({ size }) => size > 0).length, 'chunk')}`
  const sections = [[`${title}${complete ? '' : ', not all there'}: size line, data`, ...chunkRows(chunks, bytes, width)]]
  if (trailers.length > 0) sections.push([counted(trailers.length, 'trailer field'), ...trailerRows(trailers, width)])
  return sections
}

function requestSections (request: Request, number: number, examination: RequestsExamination, page: Page): string[][] {
  const { head, content } = request
  const { requests } = examination
  const sections = [...requestLineSection(request, page.width), ...fieldsSection(request, page.width)]
  if (head !== undefined) sections.push(headSection(head, page.width), environSection(head, page.width), ...stockSection(head))
  sections.push(...contentSection(content, page))
  return requests.length > 1 ? [[`request ${number}, bytes ${rangeOf(request)}`], ...sections] : sections
}

/** The page for one examination, ending with a line feed. */
export function annotateRequests (examination: RequestsExamination, page: Page): string {
  const { requests, fault, rest } = examination
  const sections = [verdict(examination, page)]
  if (fault !== undefined) sections.push(faultSection(fault, page.width))
  requests.forEach((request, i) => sections.push(...requestSections(request, i + 1, examination, page)))
  if (rest !== undefined) sections.push([`then ${counted(rest.length, 'byte')}, ${RESTS[rest.why]}`, ...preview(page.bytes, rest, PREVIEW_BYTES)])
  return pageOf([...sections, ...remarks(examination, page)])
}
