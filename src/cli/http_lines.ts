// The lines of HTTP/1.x requests: where they stand, what they hold, which variables they become. There is no second parser here: only lines
// that the codec has accepted are asked for. It has seen to it that each ends with CR LF and has no CR or LF inside, so that they can be
// told apart; names and values are the codec's, read from a copy in which no name has a meaning; and the variable of a name is looked up in
// the environ of a request that has this field alone.
import { decodeHttp } from '../index.js'
import { attempt } from './attempt.js'
import type { Field, Line, NoVariable, Part, RequestLine } from './http_facts.js'

export const CRLF = '\r\n'

/** More than heads and trailers of the default limits can have, so that the copies are not refused for what they add. */
const generous = { limits: { maxFieldLines: 1000, maxFieldLineBytes: 65535, maxHeadBytes: 65535 } }
/** Before a name, it makes one of it that means nothing. */
const NO_MEANING = 'X'

export function latin1 (bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}

/** Accepted lines, each with its CR LF. */
function linesOf (text: string): string[] {
  return text.split(CRLF).slice(0, -1).map(line => line + CRLF)
}

/** The lines of a field section without the blank line; they begin at `offset`. */
export function readLines (text: string, offset: number): Line[] {
  const lines = linesOf(text)
  const copy = `GET / HTTP/1.0\r\n${lines.map(line => NO_MEANING + line).join('')}\r\n`
  const fields = decodeHttp(Buffer.from(copy, 'latin1'), generous)!.fields()
  return lines.map((line, i) => {
    const [named, value] = fields[i]!
    const name = named.slice(NO_MEANING.length)
    const located = { offset, length: line.length, name, nameOffset: offset, value, valueOffset: offset + line.indexOf(value, name.length + 1) }
    offset += line.length
    return located
  })
}

/** The three parts of a request line, between which one space stands. */
export function readRequestLine (line: string, offset: number): RequestLine {
  let at = offset
  const [method, target, version] = line.slice(0, -CRLF.length).split(' ').map((value): Part => {
    const part = { offset: at, length: value.length, value }
    at += value.length + 1
    return part
  })
  return { offset, length: line.length, method: method!, target: target!, version: version! }
}

function variablesFor (field: string): string[] {
  // HTTP/1.0, which needs no Host, so that there may be one.
  const head = attempt(() => decodeHttp(Buffer.from(`GET / HTTP/1.0\r\n${field}\r\n`, 'latin1'), generous))
  return head === null || head instanceof Error ? [] : Object.keys(head.environ)
}

const ofEveryRequest = new Set(variablesFor(''))

/** The variable that a field of this name becomes; a value of 0 is good for all of them. */
function variableOf (name: string): string | undefined {
  return variablesFor(`${name}: 0\r\n`).find(variable => !ofEveryRequest.has(variable))
}

function reasonOf (name: string): NoVariable {
  if (name.includes('_')) return 'underscore'
  return name.toLowerCase() === 'proxy' ? 'proxy' : 'framing'
}

/** The field lines of a request with this request line, and what becomes of them. */
export function readFields (text: string, offset: number, { target }: RequestLine): Field[] {
  const hasAuthority = /^https?:/i.test(target.value)
  return readLines(text, offset).map((line) => {
    const variable = variableOf(line.name)
    if (variable === 'HTTP_HOST' && hasAuthority) return { ...line, variable: undefined, noVariable: 'replaced', joined: [] }
    return { ...line, variable, noVariable: variable === undefined ? reasonOf(line.name) : undefined, joined: [] }
  })
}

/** The fields of an accepted head, those told apart that become one variable together. */
export function joinFields (fields: readonly Field[]): Field[] {
  return fields.map((field) => {
    const same = field.variable === undefined ? [] : fields.filter(({ variable }) => variable === field.variable)
    return { ...field, joined: same.length > 1 ? same.map(({ offset }) => offset) : [] }
  })
}
