// Examines the bytes that an HTTP/1.x client sent on one connection: the verdict of the codec, and where everything stands. Facts only: how
// they are printed, annotate_requests.ts and facts_json.ts know. Where requests and pieces of content begin and end, the codec's events say.
import { decodeHttp, ProtocolError, RequestDecoder, type RequestHead, transcodeHttpToUwsgi } from '../index.js'
import { attempt } from './attempt.js'
import type { Range, Warning } from './facts.js'
import { recognise } from './hints.js'
import type { Chunk, Content, Fault, HeadFacts, Request, RequestsExamination } from './http_facts.js'
import { CRLF, joinFields, latin1, readFields, readLines, readRequestLine } from './http_lines.js'
import { stockLimits } from './warnings.js'

const LF = 10
const BLANK = CRLF + CRLF

/** A request as its events come. */
interface Reading {
  readonly offset: number
  readonly head: RequestHead
  readonly pieces: Range[]
  /** Where it ends; undefined: not yet. */
  end: number | undefined
}

/** Lines of a head, as far as they are accepted: bytes[from, to). */
function readHead (bytes: Uint8Array, from: number, to: number): Pick<Request, 'requestLine' | 'fields'> {
  const text = latin1(bytes, from, to)
  const start = text.startsWith(CRLF) ? CRLF.length : 0
  const lineEnd = text.indexOf(CRLF, start) + CRLF.length
  if (lineEnd < start + CRLF.length) return { requestLine: undefined, fields: [] }
  const requestLine = readRequestLine(text.slice(start, lineEnd), from + start)
  const blank = text.indexOf(BLANK, start)
  const section = text.slice(lineEnd, blank < 0 ? text.lastIndexOf(CRLF) + CRLF.length : blank + CRLF.length)
  return { requestLine, fields: readFields(section, from + lineEnd, requestLine) }
}

function headFacts (bytes: Uint8Array, { head, offset }: Reading): HeadFacts {
  const { framing, keepAlive, expectContinue, upgrade, environ } = head
  const transcoded = attempt(() => transcodeHttpToUwsgi(bytes.subarray(offset)))
  const packet = transcoded === null || transcoded instanceof ProtocolError
    ? undefined
    : { datasize: transcoded.packet.readUInt16LE(1), vars: Object.keys(environ).length }
  return { framing, keepAlive, expectContinue, upgrade, environ, packet }
}

/** Chunks lie one behind the other, so a size line stands between the data before it and its own. */
function chunksOf (bytes: Uint8Array, from: number, { pieces, end }: Reading): Chunk[] {
  let offset = from
  const chunks = pieces.map(({ offset: dataOffset, length: present }) => {
    const line = latin1(bytes, offset, dataOffset - CRLF.length)
    const size = parseInt(line, 16)
    const chunk = { offset, length: Math.min(dataOffset + size + CRLF.length, bytes.length) - offset, line, size, dataOffset, present }
    offset += chunk.length
    return chunk
  })
  if (end === undefined) return chunks
  const rest = latin1(bytes, offset, end)
  const line = rest.slice(0, rest.indexOf(CRLF))
  const length = line.length + CRLF.length
  return [...chunks, { offset, length, line, size: 0, dataOffset: offset + length, present: 0 }]
}

function contentOf (bytes: Uint8Array, total: number, reading: Reading): Content | undefined {
  const { head: { framing, byteLength }, pieces, end } = reading
  const offset = reading.offset + byteLength
  if (framing.kind === 'none') return undefined
  if (framing.kind === 'length') {
    const present = Math.min(framing.length, total - offset)
    return { offset, length: present, announced: framing.length, present, complete: present === framing.length, chunks: [], trailers: [] }
  }
  const chunks = chunksOf(bytes, offset, reading)
  const trailersAt = chunks.at(-1)?.dataOffset
  return {
    offset,
    length: (end ?? bytes.length) - offset,
    announced: undefined,
    present: pieces.reduce((sum, { length }) => sum + length, 0),
    complete: end !== undefined,
    chunks,
    trailers: end === undefined ? [] : readLines(latin1(bytes, trailersAt!, end - CRLF.length), trailersAt!)
  }
}

function requestOf (bytes: Uint8Array, total: number, reading: Reading, refused: boolean): Request {
  const { offset, head } = reading
  const content = contentOf(bytes, total, reading)
  const { requestLine, fields } = readHead(bytes, offset, offset + head.byteLength)
  return {
    offset,
    length: head.byteLength + (content?.length ?? 0),
    verdict: refused ? 'refused' : 'accepted',
    requestLine,
    fields: joinFields(fields),
    head: headFacts(bytes, reading),
    content
  }
}

/** The line of a fault, which is not before `from`. */
function faultOf (bytes: Uint8Array, from: number, error: ProtocolError): Fault {
  const before = error.offset > from ? bytes.subarray(from, error.offset).lastIndexOf(LF) : -1
  const offset = from + before + 1
  const lineEnd = bytes.indexOf(LF, error.offset)
  const end = lineEnd < 0 ? bytes.length : lineEnd + 1
  return { error, line: { offset, length: end - offset, value: latin1(bytes, offset, end) } }
}

/** What can be read of a head that begins at `offset` and is refused. */
function refusedHead (bytes: Uint8Array, offset: number, { line }: Fault): Request {
  // A line that is at fault is refused when it is complete. One that is only at odds with the rest of the head is not.
  const byItself = attempt(() => decodeHttp(bytes.subarray(offset, line.offset + line.length))) instanceof ProtocolError
  const blank = byItself ? -1 : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(BLANK, line.offset, 'latin1')
  const end = blank < 0 ? line.offset : blank + BLANK.length
  return {
    offset,
    length: Math.max(end, line.offset + line.length) - offset,
    verdict: 'refused',
    ...readHead(bytes, offset, end),
    head: undefined,
    content: undefined
  }
}

const DROPPED: Readonly<Record<string, string>> = {
  underscore: 'has an underscore, and would become the same variable as a name with -: it becomes none, unless the options keep it',
  proxy: 'never becomes HTTP_PROXY, which programs take for the proxy that they should use'
}

function warningsOf ({ fields, head, content, offset, requestLine }: Request): Warning[] {
  const warnings: Warning[] = fields.flatMap(({ noVariable, offset }) => {
    const why = DROPPED[noVariable ?? '']
    return why === undefined ? [] : [{ code: 'FIELD_DROPPED', message: `the name of this field ${why}`, offset }]
  })
  if (head?.packet !== undefined) warnings.push(...stockLimits(head.packet.datasize, head.packet.vars, requestLine?.offset ?? offset, undefined))
  if (content?.complete === false && content.announced !== undefined) {
    const message = `Content-Length announces ${content.announced} bytes, ${content.present} are there: a server waits for the rest`
    warnings.push({ code: 'CONTENT_SHORT', message, offset: content.offset + content.present })
  }
  return warnings
}

type Rest = RequestsExamination['rest']

function restOf (offset: number, total: number, why: NonNullable<Rest>['why']): Rest {
  return total > offset ? { offset, length: total - offset, why } : undefined
}

function surroundings (requests: readonly Request[], rest: Rest, readAll: boolean): Warning[] {
  if (rest?.why === 'closed') {
    const message = `${rest.length} bytes follow a request that closes the connection: gatewire ignores them`
    return [{ code: 'BYTES_AFTER_CONTENT', message, offset: rest.offset }]
  }
  const content = requests.at(-1)?.content
  if (content?.complete !== false || content.announced !== undefined || !readAll || requests.at(-1)!.verdict === 'refused') return []
  const message = 'the last chunk is not there: a server waits for the rest'
  return [{ code: 'CONTENT_SHORT', message, offset: content.offset + content.length }]
}

/** What is left when all events have come; `readAll`: not because the input is too long. */
function leftover (offset: number, total: number, last: Reading | undefined, readAll: boolean): Rest {
  if (last !== undefined && !last.head.keepAlive) return restOf(offset, total, 'closed')
  return restOf(offset, total, last?.head.upgrade !== undefined ? 'upgrade' : readAll ? 'empty line' : 'unread')
}

/** Examines the requests at the start of `bytes`, which are the first of `total`. */
export function examineRequests (bytes: Uint8Array, total: number): RequestsExamination {
  const decoder = new RequestDecoder({ protocol: 'http' })
  const readAll = bytes.length === total
  const position = (): number => bytes.length - decoder.rest().length
  const readings: Reading[] = []
  let offset = 0 // of what is not read yet
  let refusal: ProtocolError | undefined
  decoder.push(bytes)
  try {
    for (const event of decoder) {
      if (event.type === 'head') {
        readings.push({ offset, head: event.head, pieces: [], end: undefined })
      } else if (event.type === 'content') {
        readings.at(-1)!.pieces.push({ offset: event.bytes.byteOffset - bytes.byteOffset, length: event.bytes.length })
      } else {
        offset = readings.at(-1)!.end = position()
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    refusal = error
  }

  const last = readings.at(-1)
  const inContent = last !== undefined && last.end === undefined
  const requests = readings.map(reading => requestOf(bytes, total, reading, refusal !== undefined && reading.end === undefined))
  // Data of chunks may hold line ends: the line at fault begins behind it.
  const lastPiece = inContent ? last.pieces.at(-1) : undefined
  const fault = refusal && faultOf(bytes, inContent ? lastPiece === undefined ? last.offset : lastPiece.offset + lastPiece.length : offset, refusal)
  let rest: Rest
  if (fault !== undefined && !inContent) {
    requests.push(refusedHead(bytes, offset, fault))
  } else if (fault === undefined && !inContent) {
    const isCut = attempt(() => decoder.end()) instanceof ProtocolError
    if (isCut && readAll) {
      const length = bytes.length - offset
      requests.push({ offset, length, verdict: 'incomplete', ...readHead(bytes, offset, bytes.length), head: undefined, content: undefined })
    } else {
      rest = leftover(offset, total, last, readAll)
    }
  } else if (fault === undefined && !readAll) {
    const { content } = requests.at(-1)!
    rest = restOf(content!.offset + content!.length, total, 'unread')
  }
  const verdict = fault !== undefined ? 'refused' : requests.at(-1)?.verdict ?? 'incomplete'
  const hint = verdict === 'accepted' ? undefined : recognise(bytes, 'http')
  return {
    protocol: 'http',
    verdict,
    requests,
    fault,
    rest,
    hints: hint === undefined ? [] : [hint],
    warnings: [...requests.flatMap(warningsOf), ...surroundings(requests, rest, readAll)]
  }
}
