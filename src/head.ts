// RequestHead: what a decoded head is for applications, whatever protocol it came by. It is lazy: nothing is cut before somebody asks.
//
// A head keeps the caller's bytes and, once there, the head's one string; its index stands in the ring of the slab. When the ring has
// gone round, the index has been written over: then the bytes are decoded once more. So a head is valid for as long as it is held.
import { checkReadable, latin1, unusable } from './bytes.js'
import { binding } from './engine.js'
import { buildByLoop, buildByShape, type Environ, repeated } from './environ.js'
import { ProtocolError, refusal, typeError } from './errors.js'
import { findKey, keysOf, RECORD_WORDS, valueAt } from './head_index.js'
import {
  MAX_WANTED, OUTCOME_UNUSABLE, WORD_BYTE_LENGTH, WORD_CONTENT_HIGH, WORD_CONTENT_LOW, WORD_MODIFIERS, WORD_OUTCOME, WORD_REFUSAL,
  WORD_REFUSAL_OFFSET, WORD_RING_LAP, WORD_SHAPE_SERIAL, WORD_SHAPE_SLOT, WORD_TEXT_IS_WHOLE, WORD_VAR_COUNT, WORD_VARS_AT
} from './layout.js'
import { apply, type Settings } from './limits.js'
import { expectText, isWorthLearning, learn, type Shape, shapeAt, want, wantedNumber } from './shapes.js'

/** Message framing: how the content that follows a head ends. A length of 0 is `none`. */
export type Framing = { kind: 'none' } | { kind: 'length', length: number } | { kind: 'chunked' }

/** The head of one request. Valid for as long as it is held, provided the bytes that it was decoded from stay unmodified. */
export interface RequestHead {
  readonly protocol: 'uwsgi' | 'http'
  /** Bytes of input that the head took; content starts there. */
  readonly byteLength: number
  /** Packet type, 0 to 255 (uwsgi docs, Protocol). */
  readonly modifier1: number
  /** Sub-type, 0 to 255. */
  readonly modifier2: number
  /** How the content ends. uwsgi: by CONTENT_LENGTH, for request modifiers; absent, empty and 0 are `none`. */
  readonly framing: Framing
  /** Whether another request may follow on the connection. uwsgi: false. */
  readonly keepAlive: boolean
  /** Whether the client waits for 100 (Continue). uwsgi: false, the front end has answered it. */
  readonly expectContinue: boolean
  /** The protocol that the client wants to change to. uwsgi: undefined. */
  readonly upgrade: string | undefined
  /** One variable, cut on demand; undefined when the request has none of that name. The string keeps the head's string alive. */
  get: (name: string) => string | undefined
  /** The bytes of one variable: a view on the input, or a copy where values were joined. */
  getBytes: (name: string) => Uint8Array | undefined
  has: (name: string) => boolean
  /** All variables, built on first use and then kept. The caller may change it; `get` and `fields` do not notice. */
  readonly environ: Environ
  /** What was on the wire, in order, repeated names and all. */
  fields: () => Array<[name: string, value: string]>
  /** The same head on bytes of its own: for keeping it, or a string cut from it, beyond the request. */
  detach: () => RequestHead
}

const { slab } = binding
const NO_CONTENT: Framing = Object.freeze({ kind: 'none' })
const NO_SHAPE = 0xFFFFFFFF
const NOT_CUT = 0xFFFFFFFF

/** Decodes the uwsgi packet at the start of `bytes`; null when it is not complete yet. @internal */
export function decodeHead (bytes: Uint8Array, settings: Settings): Head | null {
  apply(settings)
  checkReadable(bytes)
  const text = binding.decodePacket(bytes)
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  const head = new Head(bytes, text, settings)
  if (settings.duplicates === 'refuse') head.refuseRepeated()
  return head
}

/** What a decoding call that has no result means: null when bytes are missing, an error for all else. @internal */
export function notDecoded (bytes: Uint8Array): null {
  if (slab[WORD_OUTCOME] === OUTCOME_UNUSABLE) throw unusable(bytes)
  if (slab[WORD_OUTCOME] === 0) return null
  throw refusal(slab[WORD_REFUSAL]!, slab[WORD_REFUSAL_OFFSET]!)
}

/** Variables cut one by one before the whole string is made: about what one string costs. */
const CUTS_BEFORE_TEXT = 4

/** @internal */
export class Head implements RequestHead {
  readonly #bytes: Uint8Array
  readonly #settings: Settings
  readonly #count: number
  readonly #shape: Shape | undefined
  readonly #contentLength: number
  readonly #modifiers: number
  #varsAt: number
  #lap: number
  #cuts: number
  /** Values that were cut in advance, one behind the other; their spans stand before the records. */
  #wanted: string | undefined
  /** The whole head, once it is needed. */
  #text: string | undefined
  #environ: Environ | undefined
  readonly byteLength: number

  /** Takes the result of the decoding call that has just returned. */
  constructor (bytes: Uint8Array, text: string | undefined, settings: Settings) {
    const whole = slab[WORD_TEXT_IS_WHOLE] !== 0
    this.#bytes = bytes
    this.#text = whole ? text : undefined
    this.#wanted = whole ? undefined : text
    this.#settings = settings
    this.#count = slab[WORD_VAR_COUNT]!
    this.#varsAt = slab[WORD_VARS_AT]!
    this.#lap = slab[WORD_RING_LAP]!
    this.#modifiers = slab[WORD_MODIFIERS]!
    this.#contentLength = slab[WORD_CONTENT_LOW]! + slab[WORD_CONTENT_HIGH]! * 2 ** 32
    const slot = slab[WORD_SHAPE_SLOT]!
    this.#shape = slot === NO_SHAPE ? undefined : shapeAt(slot, slab[WORD_SHAPE_SERIAL]!)
    this.#cuts = 0
    this.#environ = undefined
    this.byteLength = slab[WORD_BYTE_LENGTH]!
  }

  get protocol (): 'uwsgi' { return 'uwsgi' }
  get modifier1 (): number { return this.#modifiers & 0xFF }
  get modifier2 (): number { return this.#modifiers >>> 8 }
  get keepAlive (): boolean { return false }
  get expectContinue (): boolean { return false }
  get upgrade (): undefined { return undefined }

  get framing (): Framing {
    return this.#contentLength === 0 ? NO_CONTENT : { kind: 'length', length: this.#contentLength }
  }

  get (name: string): string | undefined {
    const number = this.#wanted === undefined ? -1 : wantedNumber(name)
    if (number >= 0) {
      const at = this.#index() // may decode again, and then the call may give the whole text instead
      const span = this.#wanted === undefined ? NOT_CUT : slab[at - MAX_WANTED + number]!
      if (span !== NOT_CUT) return this.#wanted!.slice(span >>> 16, span & 0xFFFF)
    }
    const shape = this.#learned()
    if (shape?.positions === undefined) return this.#values(name)?.value
    const position = shape.positions.get(name)
    if (position === undefined) return undefined
    want(shape, name, position)
    return this.#cut(this.#index() + RECORD_WORDS * position)
  }

  /** The shape, learned if it is worth it. */
  #learned (): Shape | undefined {
    const shape = this.#shape
    if (shape !== undefined && shape.keys === undefined && isWorthLearning(shape)) this.#teach(shape)
    return shape
  }

  /**
   * Learns the keys of the shape from bytes that native code matches with it now. Text and index of this head are not good enough: when
   * its bytes were changed in the meantime, other heads of the shape would get their variables under wrong names.
   */
  #teach (shape: Shape): void {
    apply(this.#settings)
    binding.decodePacket(this.#bytes)
    if (slab[WORD_OUTCOME] !== 1 || slab[WORD_SHAPE_SLOT] !== shape.slot || slab[WORD_SHAPE_SERIAL] !== shape.serial) return
    learn(shape, keysOf(latin1(this.#bytes, 0, slab[WORD_BYTE_LENGTH]!), slab[WORD_VARS_AT]!, slab[WORD_VAR_COUNT]!))
  }

  /** A value of its own, as long as few are cut. */
  #cut (record: number): string {
    if (this.#text === undefined && ++this.#cuts <= CUTS_BEFORE_TEXT) return latin1(this.#readable(), slab[record + 2]!, slab[record + 3]!)
    return valueAt(this.#string(), record)
  }

  getBytes (name: string): Uint8Array | undefined {
    const found = this.#values(name)
    if (found === undefined) return undefined
    if (found.joined) return Buffer.from(found.value, 'latin1')
    const record = this.#index() + RECORD_WORDS * found.last
    return this.#readable().subarray(slab[record + 2], slab[record + 3])
  }

  has (name: string): boolean {
    const positions = this.#learned()?.positions
    return positions === undefined ? this.#values(name) !== undefined : positions.has(name)
  }

  get environ (): Environ {
    return (this.#environ ??= this.build())
  }

  /** A new environ each time. */
  build (): Environ {
    const shape = this.#learned()
    if (shape !== undefined) expectText(shape)
    const text = this.#string()
    const at = this.#index()
    if (shape?.construct !== undefined) return buildByShape(shape.construct, text, at)
    return buildByLoop(text, at, shape?.keys ?? keysOf(text, at, this.#count), this.#settings.duplicates)
  }

  fields (): Array<[name: string, value: string]> {
    const text = this.#string()
    const at = this.#index()
    const keys = this.#shape?.keys ?? keysOf(text, at, this.#count)
    return keys.map((key, i) => [key, valueAt(text, at + RECORD_WORDS * i)])
  }

  detach (): RequestHead {
    const own = Uint8Array.prototype.slice.call(this.#readable(), 0, this.byteLength) // slice of a Buffer would be a view
    try {
      return decodeHead(own, this.#settings) ?? changed()
    } catch (error) {
      // These bytes were accepted once: that they are refused now is no fault of the peer.
      if (error instanceof ProtocolError) changed()
      throw error
    }
  }

  /** For `duplicates: 'refuse'`: an HTTP_* variable that comes again is refused where its second key stands. */
  refuseRepeated (): void {
    if (this.#shape?.positions !== undefined) return
    const seen = new Set<string>()
    const at = this.#index()
    for (const [i, key] of keysOf(this.#string(), at, this.#count).entries()) {
      if (key.startsWith('HTTP_') && seen.has(key)) throw new ProtocolError('ERR_UWSGI_DUPLICATE_VAR', slab[at + RECORD_WORDS * i]!)
      seen.add(key)
    }
  }

  /** All values of one name as one, when they are not known to be a single one. */
  #values (name: string): { value: string, joined: boolean, last: number } | undefined {
    const text = this.#string()
    const at = this.#index()
    let position = findKey(text, name, at, this.#count, 0)
    if (position < 0) return undefined
    const found = { value: valueAt(text, at + RECORD_WORDS * position), joined: false, last: position }
    while ((position = findKey(text, name, at, this.#count, position + 1)) >= 0) {
      const later = valueAt(text, at + RECORD_WORDS * position)
      found.value = repeated(name, found.value, later, this.#settings.duplicates)
      found.joined = found.value.length > later.length
      found.last = position
    }
    return found
  }

  /** The one string that all values are cut from. */
  #string (): string {
    return (this.#text ??= latin1(this.#readable(), 0, this.byteLength))
  }

  #readable (): Uint8Array {
    return this.#bytes.length < this.byteLength ? changed() : this.#bytes
  }

  /** The word where the records stand, decoded again if they have been written over. */
  #index (): number {
    return this.#lap === slab[WORD_RING_LAP] ? this.#varsAt : this.#decodeAgain()
  }

  #decodeAgain (): number {
    apply(this.#settings)
    const text = binding.decodePacket(this.#readable())
    if (slab[WORD_OUTCOME] !== 1 || slab[WORD_VAR_COUNT] !== this.#count || slab[WORD_BYTE_LENGTH] !== this.byteLength) changed()
    this.#wanted = slab[WORD_TEXT_IS_WHOLE] !== 0 ? undefined : text
    this.#varsAt = slab[WORD_VARS_AT]!
    this.#lap = slab[WORD_RING_LAP]!
    return this.#varsAt
  }
}

function changed (): never {
  throw typeError('ERR_BYTES_CHANGED', 'the bytes of this head were modified or detached while it was in use; use detach() to keep a head')
}
