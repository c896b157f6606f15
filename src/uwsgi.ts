// uwsgi packets for applications: decode one that is whole, encode variables to one.
import { checkReadable, latin1Of } from './bytes.js'
import { binding } from './engine.js'
import type { Environ } from './environ.js'
import { rangeError, typeError } from './errors.js'
import { Filling, Forms } from './forms.js'
import { Head, notDecoded, type RequestHead } from './head.js'
import {
  MAX_BLOCK_BYTES, PARTS_START, PARTS_WORDS, WORD_BYTE_LENGTH, WORD_FAULT, WORD_OUTCOME, WORD_PACKET_MODIFIERS,
  WORD_PART_COUNT, WORD_PARTS_AT
} from './layout.js'
import { apply, type DecodeOptions, settingsOf } from './limits.js'
import { cutRoom, takeRoom } from './output_memory.js'
import { checkLatin1, partsUsed, releaseParts } from './parts.js'
import { decodePacketHead } from './uwsgi_head.js'

const { slab } = binding
const HEADER_BYTES = 4
/** The two lengths of a variable. */
const VAR_MARKS = 4
/** Offset and end of each item of the largest array. */
const MAX_ARRAY_WORDS = 2 * Math.floor(MAX_BLOCK_BYTES / 2)

/**
 * Decodes the uwsgi packet at the start of `bytes` as a vars block, whatever its modifier1 (uwsgi docs, Protocol).
 *
 * Returns null while the packet is incomplete. Throws ProtocolError when it is refused (codes `ERR_UWSGI_…`, status 400, 413 or 431),
 * TypeError when `bytes` is no Uint8Array, or is detached, shared or resizable, and TypeError or RangeError when an option is wrong. Only bytes
 * of the packet are read; what follows it is not looked at.
 */
export function decodeUwsgi (bytes: Uint8Array, options?: DecodeOptions): RequestHead | null {
  const settings = settingsOf(options)
  checkReadable(bytes)
  return decodePacketHead(bytes, settings)
}

/** The values of modifier1 that announce a request: variables, CONTENT_LENGTH bytes of content, an HTTP response (uwsgi docs, Protocol). */
export const requestModifiers: ReadonlySet<number> = new Set(binding.requestModifiers)

/** A packet whose payload is an array, as RPC (modifier1 173) uses it. */
export interface UwsgiArray {
  /** Bytes of input that the packet took. */
  readonly byteLength: number
  /** Packet type, 0 to 255. */
  readonly modifier1: number
  /** Sub-type, 0 to 255. */
  readonly modifier2: number
  /** Views on the input, empty items kept. */
  readonly items: Uint8Array[]
}

/** Decodes the uwsgi packet at the start of `bytes` as an array (uwsgi docs, Protocol). Null and errors as for `decodeUwsgi`. */
export function decodeUwsgiArray (bytes: Uint8Array, options?: DecodeOptions): UwsgiArray | null {
  const settings = settingsOf(options)
  checkReadable(bytes)
  const at = (slab[WORD_PARTS_AT] = partsUsed())
  if (at > PARTS_WORDS - MAX_ARRAY_WORDS) throw rangeError('ERR_OUT_OF_RANGE', 'too many parts in encoders that are at work')
  apply(settings)
  binding.decodeArray(bytes)
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  const first = PARTS_START + at
  const count = slab[WORD_PART_COUNT]!
  const byteLength = slab[WORD_BYTE_LENGTH]!
  const offsets = slab.slice(first, first + 2 * count) // views of a class of the caller's may decode something else while they are made
  const items = Array.from({ length: count }, (_, i) => bytes.subarray(offsets[2 * i], offsets[2 * i + 1]))
  return { byteLength, modifier1: bytes[0]!, modifier2: bytes[3]!, items }
}

/** What a variable may be given as. A Uint8Array is sent as it is; a string has one byte for each character, U+0000 to U+00FF. */
export type Vars = RequestHead | Environ | Iterable<readonly [string, string | Uint8Array]>

/** How a packet is made. */
export interface EncodeOptions {
  /** Packet type, 0 to 255. Default: that of the head that is encoded, else 0. */
  modifier1?: number
  /** Sub-type, 0 to 255. Default: that of the head that is encoded, else 0. */
  modifier2?: number
  /** Variables to replace where they stand, to add at the end, or, with undefined, to leave out. */
  set?: Record<string, string | undefined>
}

const hasOwn = Object.prototype.hasOwnProperty

const packets = new Forms(binding.makePacketForm, undefined, VAR_MARKS, () =>
  rangeError('ERR_PACKET_TOO_LARGE', `the vars block would be larger than ${MAX_BLOCK_BYTES} bytes`))

type Collected = Environ | Iterable<readonly [string, string | Uint8Array]>

function isIterable (vars: Collected): vars is Iterable<readonly [string, string | Uint8Array]> {
  return Symbol.iterator in vars
}

function addVar (filling: Filling, key: string, value: string | Uint8Array): void {
  filling.add(key, typeof value === 'string' ? value : latin1Of(value))
}

/** Gives each pair of name and value to `add`. */
function forEachVar (vars: Collected, add: (key: string, value: string | Uint8Array) => void): void {
  if (isIterable(vars)) {
    for (const pair of vars) {
      if (!Array.isArray(pair)) throw typeError('ERR_INVALID_ARG_TYPE', 'an iterable of variables has to give arrays of name and value')
      add(pair[0], pair[1])
    }
  } else {
    for (const key in vars) if (hasOwn.call(vars, key)) add(key, vars[key]!)
  }
}

/** Collects variables unless `set` says otherwise; of several with one name, `set` replaces the first and drops the rest. */
function collectWith (set: Record<string, string | undefined>, filling: Filling, vars: Collected): void {
  const done = new Set<string>()
  forEachVar(vars, (key, value) => {
    if (!hasOwn.call(set, key)) return addVar(filling, key, value)
    const replacement = set[key]
    if (replacement !== undefined && !done.has(key)) addVar(filling, key, replacement)
    done.add(key)
  })
  for (const key in set) {
    const value = set[key]
    if (hasOwn.call(set, key) && value !== undefined && !done.has(key)) addVar(filling, key, value)
  }
}

function collect (filling: Filling, vars: Collected, set: Record<string, string | undefined> | undefined): void {
  if (typeof vars !== 'object' || vars === null) throw typeError('ERR_INVALID_ARG_TYPE', 'vars have to be a RequestHead, an object or an iterable of pairs')
  if (set !== undefined) collectWith(set, filling, vars)
  else if (isIterable(vars)) forEachVar(vars, (key, value) => addVar(filling, key, value))
  else filling.addObject<string | Uint8Array>(vars, addVar)
}

/** enum EncodeFault of native/core/uwsgi_packet.h: the one that is not found here before. */
const FAULT_EMPTY_KEY = 1

function faultError (fault: number): Error {
  if (fault === FAULT_EMPTY_KEY) return rangeError('ERR_EMPTY_KEY', 'a variable has an empty key')
  return new Error(`gatewire: the encoder failed with fault ${fault}`)
}

/** Checks a modifier. @internal */
export function modifierOf (value: number | undefined, fallback: number, name: string): number {
  if (value === undefined) return fallback
  if (!Number.isInteger(value) || value < 0 || value > 255) throw rangeError('ERR_OUT_OF_RANGE', `${name} has to be an integer from 0 to 255`)
  return value
}

/**
 * Encodes variables to a uwsgi packet (uwsgi docs, Protocol). Pairs are written as given, order and repeated names kept; a RequestHead
 * is encoded from its variables as `environ` has them at first.
 *
 * Throws RangeError for an empty key, a block over 65 535 bytes, a character above U+00FF or a modifier out of range, TypeError for
 * values that are neither string nor Uint8Array. Stock uWSGI takes 4 096 bytes and 128 variables; that is the caller's to know.
 */
export function encodeUwsgi (vars: Vars, options?: EncodeOptions): Buffer {
  const head = vars instanceof Head ? vars : undefined
  const modifier1 = modifierOf(options?.modifier1, head?.modifier1 ?? 0, 'modifier1')
  const modifier2 = modifierOf(options?.modifier2, head?.modifier2 ?? 0, 'modifier2')
  const at = partsUsed()
  const set = options?.set
  if (set !== undefined && (typeof set !== 'object' || set === null)) throw typeError('ERR_INVALID_OPTION', 'set has to be an object')
  const filling = new Filling(packets)
  try {
    collect(filling, head === undefined ? vars as Environ : head.build(), set)
    const size = HEADER_BYTES + filling.size
    takeRoom(size)
    slab[WORD_PACKET_MODIFIERS] = modifier1 | modifier2 << 8
    if (filling.finish()) binding.encodeVars(filling.text)
    checkLatin1()
    if (slab[WORD_FAULT] !== 0) throw faultError(slab[WORD_FAULT]!)
    return cutRoom(size)
  } finally {
    releaseParts(at)
  }
}
