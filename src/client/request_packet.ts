// The packet of a request: the caller's variables, and CONTENT_LENGTH made to agree with the content. Knows no connection.
import { decodeUwsgi, type EncodeOptions, encodeUwsgi, type Environ, type RequestHead, type Vars } from '../index.js'
import { rangeError, typeError } from './errors.js'
import { type ContentSource, contentSource, type RequestContent } from './request_content.js'

export interface RequestPacket {
  readonly packet: Buffer
  readonly content: ContentSource
  /** REQUEST_METHOD, '' when there is none. */
  readonly method: string
}

const HEADER_BYTES = 4

type Pair = readonly [name: string, value: string | Uint8Array]

/** The values of an environ are strings, so one whose `get` is a function is none. */
function isHead (vars: Environ | RequestHead): vars is RequestHead {
  return typeof vars['get'] === 'function'
}

/** The values of one variable, in order. Pairs are given as an array: an iterable may be gone through once only. */
function valuesOf (vars: Environ | RequestHead | Pair[], name: string): string[] {
  if (Array.isArray(vars)) {
    const pairs = vars.filter(([key]) => key === name)
    return pairs.map(([, value]) => typeof value === 'string' ? value : Buffer.from(value).toString('latin1'))
  }
  if (isHead(vars)) return vars.has(name) ? [vars.get(name)!] : []
  return Object.hasOwn(vars, name) ? [vars[name]!] : []
}

/** CONTENT_LENGTH = "" | 1*DIGIT (RFC 3875 section 4.1.2). Undefined: not given, or empty. */
function announcedLength (values: string[]): number | undefined {
  let length: number | undefined
  for (const value of values) {
    if (value === '') continue
    const number = Number(value)
    if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(number)) {
      throw rangeError('ERR_INVALID_CONTENT_LENGTH', 'CONTENT_LENGTH has to be empty or a decimal number of at most 2^53-1')
    }
    if (length !== undefined && length !== number) {
      throw rangeError('ERR_INVALID_CONTENT_LENGTH', 'CONTENT_LENGTH is given twice, with different values')
    }
    length = number
  }
  return length
}

/** The values of one variable after `set` has had its say. */
function settledValuesOf (vars: Environ | RequestHead | Pair[], name: string, set: EncodeOptions['set']): string[] {
  if (set === undefined || !Object.hasOwn(set, name)) return valuesOf(vars, name)
  const value = set[name]
  return value === undefined ? [] : [value]
}

/** Encodes the variables. CONTENT_LENGTH is set where the content has a length and the caller gives none. */
export function requestPacket (vars: Vars, given: RequestContent | undefined, options: EncodeOptions): RequestPacket {
  if (typeof vars !== 'object' || vars === null) {
    throw typeError('ERR_INVALID_ARG_TYPE', 'vars have to be a RequestHead, an object or an iterable of pairs')
  }
  const { set } = options
  if (set !== undefined && (typeof set !== 'object' || set === null)) throw typeError('ERR_INVALID_OPTION', 'set has to be an object')
  const known = Symbol.iterator in vars ? Array.from(vars as Iterable<Pair>) : vars as Environ | RequestHead
  const announced = announcedLength(settledValuesOf(known, 'CONTENT_LENGTH', set))
  const content = contentSource(given, announced)
  const added = announced === undefined && content.length !== undefined ? { CONTENT_LENGTH: String(content.length) } : undefined
  const packet = encodeUwsgi(known, added === undefined ? options : { ...options, set: { ...set, ...added } })
  return { packet, content, method: settledValuesOf(known, 'REQUEST_METHOD', set).at(-1) ?? '' }
}

/** What uWSGI limits of a packet: the size of its block, and its variables. */
export function extentOf (packet: Buffer): { blockBytes: number, vars: number } {
  return { blockBytes: packet.length - HEADER_BYTES, vars: decodeUwsgi(packet, { limits: { maxVars: 13107 } })?.fields().length ?? 0 }
}
