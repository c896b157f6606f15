// Prints the examination of HTTP/1.x requests for people: bytes, names, values, the line of a refusal. Knows the facts; decides nothing
// about the requests.
import type { Row } from './columns.js'
import { cureOf } from './cures.js'
import type { Chunk, Content, Fault, Field, HeadFacts, Line as FieldLine, NoVariable, Request, RequestsExamination } from './http_facts.js'
import { type Line, line, NEW_LINE, type Span } from './lines.js'
import { counted, type Page, pageOf, preview, rangeOf, remarks, rows, sentence, stockLine, value, valueBeside, verdictLines, widest } from './page.js'
import { printable, shortened } from './printable.js'
import { isWithinStockUwsgi } from './warnings.js'

const MAX_NAME_WIDTH = 40
const MAX_VARIABLE_WIDTH = 32
/** The first chunks of a content; there may be very many. */
const MOST_CHUNKS = 100

const REASONS: Readonly<Record<NoVariable, string>> = {
  underscore: 'no variable: underscore',
  proxy: 'no variable: Proxy',
  framing: 'no variable: framing',
  replaced: 'no variable: see target'
}

const RESTS: Readonly<Record<NonNullable<RequestsExamination['rest']>['why'], string>> = {
  'closed': 'not parsed: the connection closes',
  'upgrade': 'of the new protocol, if the server changes to it',
  'unread': 'that were not read',
  'empty line': 'an empty line'
}

function verdict ({ verdict, requests, fault }: RequestsExamination, page: Page): Line[] {
  if (verdict === 'accepted') return verdictLines(verdict, counted(requests.length, 'HTTP request'), verdict, page)
  const title = verdictLines(verdict, `HTTP request ${Math.max(1, requests.length)}`, verdict, page)
  if (fault === undefined) return [...title, ...sentence('  its head has no end yet: the capture was cut, or the sender has not sent all', page)]
  const { code, status, message } = fault.error
  return [...title, ...sentence(`  ${code}, status ${status}: ${message}`, page), ...sentence(`  ${cureOf(code)}`, page, 'hint')]
}

/** The line of a fault, cut around it where it is too long, with carets under the byte. */
function faultSection ({ error, line: faulty }: Fault, { width }: Page): Line[] {
  const at = error.offset - faulty.offset
  const range = `${faulty.length === 0 ? faulty.offset : rangeOf(faulty)}  `.padStart(13)
  const room = width - range.length - '...'.length * 2
  const bytes = Array.from(faulty.value, character => character === ' ' ? ' ' : printable(character))
  let from = at
  let before = 0
  while (from > 0 && before + bytes[from - 1]!.length <= room / 2) before += bytes[--from]!.length
  let to = at
  let shown = before
  while (to < bytes.length && shown + bytes[to]!.length <= room) shown += bytes[to++]!.length
  const start = from > 0 ? '...' : ''
  const text: Span[] = bytes.length === 0
    ? [['quiet', '(the end)']]
    : [['plain', start + bytes.slice(from, at).join('')], ['bad', bytes[at] ?? ''], ['plain', bytes.slice(at + 1, to).join('') + (to < bytes.length ? '...' : '')]]
  const indent = ' '.repeat(range.length + start.length + before)
  return [line('the line at fault', 'title'), [['quiet', range], ...text], [['plain', indent], ['bad', `${'^'.repeat(bytes[at]?.length ?? 1)} byte ${error.offset}`]]]
}

function requestLineSection ({ requestLine }: Request, page: Page): Line[][] {
  if (requestLine === undefined) return []
  const { method, target, version } = requestLine
  // Each with the space behind it, or the end of the line.
  const part = (name: string, { offset, length, value: text }: typeof method, behind: number): Row => ({
    offset, length: length + behind, pieces: [['value', length], ['quiet', behind]], meaning: [['name', name], ['plain', ' '], ...valueBeside(name, text, page)]
  })
  return [[line('request line', 'title'), ...rows([part('method', method, 1), part('target', target, 1), part('version', version, 2)], page)]]
}

/** A name, and a value that stands where the codec has found it; the line end belongs to it. */
function lineRow ({ offset, length, name, value: text, valueOffset }: FieldLine, page: Page): Row {
  const shown = shortened(name, MAX_NAME_WIDTH)
  const between = valueOffset - offset - name.length
  return {
    offset,
    length,
    pieces: [['name', name.length], ['quiet', between], ['value', text.length], ['quiet', 0]],
    meaning: [['name', shown], ['plain', ': '], ...valueBeside(shown, text, page)]
  }
}

function fieldRow (field: Field, page: Page): Row {
  const { variable, noVariable, joined } = field
  const row = lineRow(field, page)
  const becomes: Span = variable === undefined
    ? ['warning', `-> ${REASONS[noVariable!]}`]
    : ['quiet', `-> ${shortened(variable, MAX_VARIABLE_WIDTH)}${joined.length > 0 ? `, from bytes ${joined.join(', ')}` : ''}`]
  return { ...row, meaning: [...row.meaning, NEW_LINE, becomes] }
}

function fieldsSection ({ fields, verdict, head }: Request, page: Page): Line[][] {
  if (fields.length === 0) return head === undefined ? [] : [[line('no field lines')]]
  const before = verdict === 'accepted' || head !== undefined ? '' : ', as far as they can be read'
  return [[line(`${counted(fields.length, 'field line')}${before}, and the variables that they become`, 'title'), ...rows(fields.map(one => fieldRow(one, page)), page)]]
}

function framingText ({ framing }: HeadFacts): string {
  if (framing.kind === 'length') return `by Content-Length, ${counted(framing.length, 'byte')}`
  return framing.kind === 'none' ? 'none' : 'chunked'
}

function headSection (head: HeadFacts, page: Page): Line[] {
  const { keepAlive, expectContinue, upgrade } = head
  return [
    `content: ${framingText(head)}`,
    `the connection ${keepAlive ? 'stays open' : 'closes'} after the response`,
    ...(expectContinue ? ['the client waits for 100 before it sends the content'] : []),
    ...(upgrade === undefined ? [] : [`the client would change to ${shortened(upgrade, page.width / 2)}`])
  ].flatMap(text => sentence(text, page))
}

function environSection ({ environ }: HeadFacts, page: Page): Line[] {
  const names = Object.keys(environ).map(name => shortened(name, MAX_VARIABLE_WIDTH))
  const nameWidth = Math.min(widest(names), page.width / 2)
  const lines = Object.values(environ).map((one, i): Line =>
    [['plain', '  '], ['name', names[i]!.padEnd(nameWidth)], ['plain', '  '], ...value(one, page.width - Math.max(nameWidth, names[i]!.length) - 4)])
  const title = `environ, ${counted(names.length, 'variable')}; those of the connection are what they are without one`
  return [...sentence(title, page, 'title'), ...lines]
}

function stockSection ({ packet }: HeadFacts): Line[][] {
  if (packet === undefined) return [[line('no uwsgi packet can hold these variables', 'warning')]]
  return !isWithinStockUwsgi(packet.datasize, packet.vars) ? [] : [[[['plain', 'as a uwsgi packet it '], ...stockLine(packet.datasize, packet.vars)]]]
}

function chunkRow ({ offset, length, line: sizeLine, size, present, dataOffset }: Chunk): Row {
  const what = size === 0 ? 'the last chunk' : `chunk of ${counted(size, 'byte')}`
  const there = present === size ? '' : present === 0 ? ', not there yet' : `, ${present} there`
  const behind = dataOffset - offset - sizeLine.length
  const extensions = /;.*/.exec(sizeLine)?.[0]
  return {
    offset,
    length,
    pieces: [['number', sizeLine.length], ['quiet', behind], ['value', present], ['quiet', 0]],
    meaning: [['plain', what], ['warning', there], ...extensions === undefined ? [] : [NEW_LINE, ['quiet', shortened(extensions, MAX_NAME_WIDTH)] as Span]]
  }
}

function contentSection (content: Content | undefined, page: Page): Line[][] {
  if (content === undefined) return []
  const { announced, present, complete, chunks, trailers, offset } = content
  if (announced !== undefined) {
    const title = `content, ${counted(announced, 'byte')} announced by Content-Length, ${complete ? 'all there' : `${present} there`}`
    return [[line(title, 'title'), ...present === 0 ? [] : preview({ offset, length: present }, page)]]
  }
  const title = `content, ${counted(present, 'byte')} in ${counted(chunks.filter(({ size }) => size > 0).length, 'chunk')}${complete ? '' : ', not all there'}`
  const shown = chunks.length > MOST_CHUNKS ? [...chunks.slice(0, MOST_CHUNKS - 1), chunks.at(-1)!] : chunks
  const lines = shown.map(chunk => rows([chunkRow(chunk)], page))
  if (shown.length < chunks.length) lines.splice(-1, 0, [line(`        and ${chunks.length - shown.length} chunks more, then`, 'quiet')])
  const sections = [[line(title, 'title'), ...lines.flat()]]
  if (trailers.length > 0) sections.push([line(counted(trailers.length, 'trailer field'), 'title'), ...rows(trailers.map(one => lineRow(one, page)), page)])
  return sections
}

function requestSections (request: Request, number: number, { requests }: RequestsExamination, page: Page): Line[][] {
  const { head, content } = request
  const sections = [...requestLineSection(request, page), ...fieldsSection(request, page)]
  if (head !== undefined) sections.push(headSection(head, page), environSection(head, page), ...stockSection(head))
  sections.push(...contentSection(content, page))
  return requests.length > 1 ? [[line(`request ${number}, bytes ${rangeOf(request)}`, 'title')], ...sections] : sections
}

/** The page for one examination, ending with a line feed. */
export function annotateRequests (examination: RequestsExamination, page: Page): string {
  const { requests, fault, rest } = examination
  const sections = [verdict(examination, page)]
  if (fault !== undefined) sections.push(faultSection(fault, page))
  requests.forEach((request, i) => sections.push(...requestSections(request, i + 1, examination, page)))
  if (rest !== undefined) sections.push([line(`then ${counted(rest.length, 'byte')}, ${RESTS[rest.why]}`, 'title'), ...preview(rest, page)])
  return pageOf([...sections, ...remarks(examination, page)], page)
}
