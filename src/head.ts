// RequestHead: what a decoded head is for applications, whatever protocol it came by. It is lazy: nothing is cut before somebody asks.
// What differs between protocols is in uwsgi_head.ts and http_head.ts, one object each: subclasses would make heads dearer by a tenth.
//
// A head keeps the caller's bytes and, once there, the head's one string; its index stands in the ring of the slab. When the ring has
// gone round, the index has been written over: then the bytes are decoded once more. So a head is valid for as long as it is held.
import { latin1, unusable } from './bytes.js'
import { binding } from './engine.js'
import { buildByLoop, type Environ, joinByLoop, type Told, type Variables } from './environ.js'
import { ProtocolError, refusal, typeError } from './errors.js'
import { RECORD_WORDS, valueAt } from './head_index.js'
import {
  MAX_WANTED, OUTCOME_UNUSABLE, WORD_BYTE_LENGTH, WORD_CONTENT_HIGH, WORD_CONTENT_LOW, WORD_FACTS, WORD_OUTCOME, WORD_REFUSAL,
  WORD_REFUSAL_OFFSET, WORD_RING_LAP, WORD_SHAPE_SERIAL, WORD_SHAPE_SLOT, WORD_TEXT_IS_WHOLE, WORD_VAR_COUNT, WORD_VARS_AT
} from './layout.js'
import { apply, type Settings } from './limits.js'
import { expectText, isWorthLearning, learn, type Shape, shapeAt, want, wantedNumber } from './shapes.js'

/** Message framing: how the content that follows a head ends. A length of 0 is `none`. */
export type Framing =
  | {
    /** No content. */
    kind: 'none'
  }
  | {
    /** As many bytes as `length` says. */
    kind: 'length'
    /** In bytes, 1 to 2^53-1. */
    length: number
  }
  | {
    /** HTTP only: in chunks (RFC 9112 section 7.1). */
    kind: 'chunked'
  }

/**
 * The head of one request. Valid for as long as it is held, provided the bytes that it was decoded from stay unmodified; otherwise its members
 * may give other strings, or throw TypeError `ERR_BYTES_CHANGED`. Names and values have one character for each byte (PEP 3333).
 */
export interface RequestHead {
  /** What the request came by. */
  readonly protocol: 'uwsgi' | 'http'
  /** Bytes of input that the head took, a skipped empty line before it included; content starts there. */
  readonly byteLength: number
  /** Packet type, 0 to 255 (uwsgi docs, Protocol). HTTP: 0. */
  readonly modifier1: number
  /** Sub-type, 0 to 255. HTTP: 0. */
  readonly modifier2: number
  /**
   * How the content ends. uwsgi: by CONTENT_LENGTH, for request modifiers; absent, empty and 0 are `none`. HTTP: RFC 9112 section 6.3.
   */
  readonly framing: Framing
  /** Whether another request may follow on the connection (RFC 9112 section 9.3). uwsgi: false. */
  readonly keepAlive: boolean
  /** Whether the client waits for 100 (RFC 9110 section 10.1.1). uwsgi: false, the front end has answered it. */
  readonly expectContinue: boolean
  /**
   * The protocols that the client would change to: Upgrade, where Connection names it (RFC 9110 section 7.8), and the request is
   * HTTP/1.1 and without content. uwsgi: undefined.
   */
  readonly upgrade: string | undefined
  /** One variable, cut on demand; undefined when the request has none of that name. The string keeps the head's string alive. */
  get: (name: string) => string | undefined
  /** The bytes of one variable: a view on the input where they stand there, a copy where they were joined, decoded or made. */
  getBytes: (name: string) => Uint8Array | undefined
  /** Whether the request has a variable of that name, be it empty. */
  has: (name: string) => boolean
  /** All variables, built on first use and then kept. The caller may change it; `get` and `fields` do not notice. */
  readonly environ: Environ
  /** What was on the wire, in order, repeated names and all: variables (uwsgi) or field lines (HTTP). */
  fields: () => Array<[name: string, value: string]>
  /** The same head on bytes of its own: for keeping it, or a string cut from it, beyond the request. */
  detach: () => RequestHead
}

const { slab } = binding
const NO_CONTENT: Framing = Object.freeze({ kind: 'none' })
const CHUNKED: Framing = Object.freeze({ kind: 'chunked' })
const NO_SHAPE = 0xFFFFFFFF
const NOT_CUT = 0xFFFFFFFF

/** What a decoding call that has no result means: null when bytes are missing, an error for all else. @internal */
export function notDecoded (bytes: Uint8Array): null {
  if (slab[WORD_OUTCOME] === OUTCOME_UNUSABLE) throw unusable(bytes)
  if (slab[WORD_OUTCOME] === 0) return null
  throw refusal(slab[WORD_REFUSAL]!, slab[WORD_REFUSAL_OFFSET]!)
}

/** Variables cut one by one before the whole string is made: about what one string costs. */
const CUTS_BEFORE_TEXT = 4

/** Where the value of a variable was found: in a record, at `~i` among the constants, or made of several. */
export interface Found {
  value: string
  source: number
  joined: boolean
}

/** A head's index, and the text that its names and values are cut from. */
export interface HeadView {
  readonly text: string
  /** The word where the records stand. */
  readonly at: number
  readonly count: number
  readonly facts: number
  readonly settings: Settings
  /** What the environ is made of, as far as it is known for all heads of the shape. */
  readonly learned: Variables | undefined
}

/** What is particular to one protocol. `facts`: what native code says of a head besides, in one word: see native/boundary/slab.h. @internal */
export interface HeadProtocol {
  readonly name: 'uwsgi' | 'http'
  /** Whether a variable may come again. */
  readonly repeatsNames: boolean
  /** The native decoding call. */
  decode: (bytes: Uint8Array) => string | undefined
  /** All of the decoding. */
  decodeHead: (bytes: Uint8Array, settings: Settings) => RequestHead | null
  /** The variables whose values the facts tell. */
  readonly told: readonly Told[]
  modifier1: (facts: number) => number
  modifier2: (facts: number) => number
  keepAlive: (facts: number) => boolean
  expectContinue: (facts: number) => boolean
  isChunked: (facts: number) => boolean
  wantsUpgrade: (facts: number) => boolean
  /** The variables that do not depend on a head. */
  constants: (settings: Settings) => readonly string[]
  /** What the environ is made of. */
  variables: (view: HeadView) => Variables
  /** What was on the wire. */
  fields: (view: HeadView) => Array<[name: string, value: string]>
  /** A variable, looked for in the head itself; `variables()` gives those of the head, found out once. */
  find: (view: HeadView, name: string, variables: () => Variables) => Found | undefined
}

/** @internal */
export class Head implements RequestHead {
  readonly #bytes: Uint8Array
  readonly #protocol: HeadProtocol
  readonly #settings: Settings
  readonly #count: number
  readonly #facts: number
  readonly #shape: Shape | undefined
  readonly #contentLength: number
  #varsAt: number
  #lap: number
  #cuts: number
  /** Values that were cut in advance, one behind the other; their spans stand before the records. */
  #wanted: string | undefined
  /** The whole head, once it is needed, and behind it values that do not stand in the bytes. */
  #text: string | undefined
  #environ: Environ | undefined
  /** What the environ is made of, where that had to be found out for this head alone. */
  #variables: Variables | undefined
  readonly byteLength: number

  /** Takes the result of the decoding call that has just returned. */
  constructor (bytes: Uint8Array, text: string | undefined, settings: Settings, protocol: HeadProtocol) {
    const whole = slab[WORD_TEXT_IS_WHOLE] !== 0
    this.#bytes = bytes
    this.#text = whole ? text : undefined
    this.#wanted = whole ? undefined : text
    this.#protocol = protocol
    this.#settings = settings
    this.#count = slab[WORD_VAR_COUNT]!
    this.#facts = slab[WORD_FACTS]!
    this.#varsAt = slab[WORD_VARS_AT]!
    this.#lap = slab[WORD_RING_LAP]!
    this.#contentLength = slab[WORD_CONTENT_LOW]! + slab[WORD_CONTENT_HIGH]! * 2 ** 32
    const slot = slab[WORD_SHAPE_SLOT]!
    this.#shape = slot === NO_SHAPE ? undefined : shapeAt(slot, slab[WORD_SHAPE_SERIAL]!)
    this.#cuts = 0
    this.#environ = undefined
    this.#variables = undefined
    this.byteLength = slab[WORD_BYTE_LENGTH]!
  }

  get protocol (): 'uwsgi' | 'http' { return this.#protocol.name }
  get modifier1 (): number { return this.#protocol.modifier1(this.#facts) }
  get modifier2 (): number { return this.#protocol.modifier2(this.#facts) }
  get keepAlive (): boolean { return this.#protocol.keepAlive(this.#facts) }
  get expectContinue (): boolean { return this.#protocol.expectContinue(this.#facts) }
  get upgrade (): string | undefined { return this.#protocol.wantsUpgrade(this.#facts) ? this.get('HTTP_UPGRADE') : undefined }

  get framing (): Framing {
    if (this.#protocol.isChunked(this.#facts)) return CHUNKED
    return this.#contentLength === 0 ? NO_CONTENT : { kind: 'length', length: this.#contentLength }
  }

  get (name: string): string | undefined {
    return this.#told(name) || this.#cutByName(name)
  }

  /** The value of a variable that the facts tell; '' when they tell nothing of it. */
  #told (name: string): string {
    const { told } = this.#protocol
    for (let i = 0; i < told.length; i++) {
      const { values, shift, mask } = told[i]!
      if (told[i]!.name === name) return values[this.#facts >>> shift & mask]!
    }
    return ''
  }

  #cutByName (name: string): string | undefined {
    const number = this.#wanted === undefined ? -1 : wantedNumber(name)
    if (number >= 0) {
      const at = this.#index() // may decode again, and then the call may give the whole text instead
      const span = this.#wanted === undefined ? NOT_CUT : slab[at - MAX_WANTED + number]!
      if (span !== NOT_CUT) return this.#wanted!.slice(span >>> 16, span & 0xFFFF)
    }
    const shape = this.#learned()
    if (shape?.sources === undefined) return this.#find(name)?.value
    const source = shape.sources.get(name)
    if (source === undefined) return undefined
    if (source < 0) return this.#constants[~source]
    want(shape, name, source)
    return this.#cut(source)
  }

  /** The shape, learned if it is worth it. */
  #learned (): Shape | undefined {
    const shape = this.#shape
    if (shape !== undefined && shape.variables === undefined && isWorthLearning(shape)) this.#teach(shape)
    return shape
  }

  /**
   * Learns the keys of the shape from bytes that native code matches with it now. Text and index of this head are not good enough: when
   * its bytes were changed in the meantime, other heads of the shape would get their variables under wrong names.
   */
  #teach (shape: Shape): void {
    apply(this.#settings)
    this.#protocol.decode(this.#bytes)
    if (slab[WORD_OUTCOME] !== 1 || slab[WORD_SHAPE_SLOT] !== shape.slot || slab[WORD_SHAPE_SERIAL] !== shape.serial) return
    const text = latin1(this.#bytes, 0, slab[WORD_BYTE_LENGTH]!)
    learn(shape, this.#protocol.variables(this.#view(text, slab[WORD_VARS_AT]!)), this.#protocol.told)
  }

  /** A value of its own, as long as few are cut. */
  #cut (source: number): string {
    if (this.#text === undefined && ++this.#cuts <= CUTS_BEFORE_TEXT) {
      const bytes = this.#readable() // first: bytes of a class of the caller's may decode something else
      const record = this.#index() + RECORD_WORDS * source
      return latin1(bytes, slab[record + 2]!, slab[record + 3]!)
    }
    const text = this.#string()
    return valueAt(text, this.#index() + RECORD_WORDS * source)
  }

  getBytes (name: string): Uint8Array | undefined {
    const found = this.#find(name)
    if (found === undefined) return undefined
    const bytes = this.#readable()
    const record = found.joined || found.source < 0 ? -1 : this.#index() + RECORD_WORDS * found.source
    if (record < 0 || slab[record + 3]! > this.byteLength) return Buffer.from(found.value, 'latin1')
    return bytes.subarray(slab[record + 2], slab[record + 3])
  }

  has (name: string): boolean {
    const sources = this.#learned()?.sources
    return sources === undefined ? this.#find(name) !== undefined : sources.has(name)
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
    if (shape?.build !== undefined) return shape.build(text, at, this.#facts, this.#constants)
    const variables = shape?.variables ?? this.#protocol.variables(this.#view(text, at))
    return this.#protocol.repeatsNames
      ? joinByLoop(text, at, variables, this.#settings.duplicates)
      : buildByLoop(text, at, variables, this.#constants)
  }

  fields (): Array<[name: string, value: string]> {
    return this.#protocol.fields(this.view())
  }

  get #constants (): readonly string[] {
    return this.#protocol.constants(this.#settings)
  }

  #find (name: string): Found | undefined {
    const view = this.view()
    return this.#protocol.find(view, name, () => (this.#variables ??= this.#protocol.variables(view)))
  }

  /** The head as its protocol sees it. */
  view (): HeadView {
    const text = this.#string()
    return this.#view(text, this.#index())
  }

  #view (text: string, at: number): HeadView {
    return { text, at, count: this.#count, facts: this.#facts, settings: this.#settings, learned: this.#shape?.variables }
  }

  /** Whether the shape is known to have no name twice. */
  get hasDistinctNames (): boolean {
    return this.#shape?.sources !== undefined
  }

  detach (): RequestHead {
    const own = Uint8Array.prototype.slice.call(this.#readable(), 0, this.byteLength) // slice of a Buffer would be a view
    try {
      return this.#protocol.decodeHead(own, this.#settings) ?? changed()
    } catch (error) {
      // These bytes were accepted once: that they are refused now is no fault of the peer.
      if (error instanceof ProtocolError) changed()
      throw error
    }
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
    const text = this.#protocol.decode(this.#readable())
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
