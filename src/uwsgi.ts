// uwsgi packets for applications: decode one that is whole, encode variables to one.
import { checkReadable, latin1Of } from './bytes.js'
import { binding } from './engine.js'
import type { Environ } from './environ.js'
import { rangeError, typeError } from './errors.js'
import { Head, notDecoded, type RequestHead } from './head.js'
import {
  MAX_BLOCK_BYTES, PARTS_START, PARTS_WORDS, WORD_BYTE_LENGTH, WORD_FAULT, WORD_OUT_AT, WORD_OUTCOME, WORD_PACKET_MODIFIERS,
  WORD_PART_COUNT, WORD_PARTS_AT
} from './layout.js'
import { apply, type DecodeOptions, settingsOf } from './limits.js'
import { cutRoom, roomStart, takeRoom } from './output_memory.js'
import { addPart, checkLatin1, handOver, partsUsed, releaseParts } from './parts.js'
import { decodePacketHead } from './uwsgi_head.js'

const { slab } = binding
const HEADER_BYTES = 4
/** Offset and end of each item of the largest array. */
const MAX_ARRAY_WORDS = 2 * Math.floor(MAX_BLOCK_BYTES / 2)

/**
 * Decodes the uwsgi packet at the start of `bytes` as a vars block, whatever its modifier1 (uwsgi docs, Protocol).
 *
 * Returns null while the packet is incomplete. Throws ProtocolError when it is refused (codes `ERR_UWSGI_…`), TypeError when `bytes`
 * is no Uint8Array, or is detached, shared or resizable. Only bytes of the packet are read; what follows it is not looked at.
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
  readonly byteLength: number
  readonly modifier1: number
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

export interface EncodeOptions {
  /** Packet type, 0 to 255. Default: that of the head that is encoded, else 0. */
  modifier1?: number
  /** Sub-type, 0 to 255. Default: that of the head that is encoded, else 0. */
  modifier2?: number
  /** Variables to replace where they stand, to add at the end, or, with undefined, to leave out. */
  set?: Record<string, string | undefined>
}

const hasOwn = Object.prototype.hasOwnProperty

/** The variables of one packet as they are collected. */
class Collector {
  text = ''
  block = 0
  readonly #set: Record<string, string | undefined> | undefined
  readonly #done: Set<string> | undefined

  constructor (set: Record<string, string | undefined> | undefined) {
    this.#set = set
    this.#done = set === undefined ? undefined : new Set()
  }

  add (key: string, value: string): void {
    addPart(key)
    addPart(value)
    if (key === '') throw rangeError('ERR_EMPTY_KEY', 'a variable has an empty key')
    this.block += 4 + key.length + value.length
    if (this.block > MAX_BLOCK_BYTES) throw rangeError('ERR_PACKET_TOO_LARGE', `the vars block would be larger than ${MAX_BLOCK_BYTES} bytes`)
    this.text += key + value
  }

  /** Adds a variable unless `set` says otherwise; of several with one name, `set` replaces the first and drops the rest. */
  offer (key: string, value: string | Uint8Array): void {
    if (this.#set !== undefined && hasOwn.call(this.#set, key)) {
      const replacement = this.#set[key]
      if (replacement !== undefined && !this.#done!.has(key)) this.add(key, replacement)
      this.#done!.add(key)
      return
    }
    this.add(key, typeof value === 'string' ? value : latin1Of(value))
  }

  finish (): void {
    for (const key in this.#set) {
      const value = this.#set[key]
      if (hasOwn.call(this.#set, key) && value !== undefined && !this.#done!.has(key)) this.add(key, value)
    }
  }
}

function collect (collector: Collector, vars: Environ | Iterable<readonly [string, string | Uint8Array]>): void {
  if (typeof vars !== 'object' || vars === null) throw typeError('ERR_INVALID_ARG_TYPE', 'vars have to be a RequestHead, an object or an iterable of pairs')
  if (Symbol.iterator in vars) {
    for (const pair of vars as Iterable<readonly [string, string | Uint8Array]>) {
      if (!Array.isArray(pair)) throw typeError('ERR_INVALID_ARG_TYPE', 'an iterable of variables has to give arrays of name and value')
      collector.offer(pair[0], pair[1])
    }
  } else {
    for (const key in vars) if (hasOwn.call(vars, key)) collector.offer(key, vars[key]!)
  }
  collector.finish()
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
  const collector = new Collector(set)
  try {
    collect(collector, head === undefined ? vars as Environ : head.build())
    handOver(at)
    slab[WORD_PACKET_MODIFIERS] = modifier1 | modifier2 << 8
    const size = HEADER_BYTES + collector.block
    const room = takeRoom(size)
    slab[WORD_OUT_AT] = roomStart()
    binding.encodeVars(collector.text, room)
    checkLatin1()
    if (slab[WORD_FAULT] !== 0) throw new Error(`gatewire: the encoder failed with fault ${slab[WORD_FAULT]}`)
    return cutRoom(size)
  } finally {
    releaseParts(at)
  }
}
