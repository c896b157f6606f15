// From HTTP to uwsgi in one step: a request head in, the packet for it out, without a string between.
import { checkReadable } from './bytes.js'
import { binding } from './engine.js'
import { ProtocolError, rangeError, typeError } from './errors.js'
import { Head, notDecoded, type RequestHead } from './head.js'
import { HTTP } from './http_head.js'
import {
  CONSTANTS_START, MAX_BLOCK_BYTES, MAX_REPLACED_VARS, NO_VALUE, PARTS_START, WORD_CONSTANTS_LENGTH, WORD_FAULT, WORD_OUTCOME, WORD_PACKET_MODIFIERS, WORD_PART_COUNT,
  WORD_PARTS_AT, WORD_WRITTEN
} from './layout.js'
import { apply, type DecodeOptions, type Settings, settingsOf } from './limits.js'
import { cutRoom, takeRoom } from './output_memory.js'
import { addPart, announceText, checkLatin1, handOver, partsUsed, releaseParts } from './parts.js'
import { type EncodeOptions, modifierOf } from './uwsgi.js'

/** What is decoded, and what becomes of it. */
export type TranscodeOptions = DecodeOptions & EncodeOptions

/** What a request head became. */
export interface TranscodedRequest {
  /** The uwsgi packet, without content. */
  packet: Buffer
  /** The head as `decodeHttp` gives it; `set` has not changed it. */
  head: RequestHead
}

const { slab } = binding
const HEADER_BYTES = 4
const MAX_PACKET_BYTES = HEADER_BYTES + MAX_BLOCK_BYTES
/** enum EncodeFault of native/core/uwsgi_packet.h. */
const FAULT_TOO_LARGE = 2

/**
 * The most bytes that a packet can have. A field line of 4 bytes, its line end included, becomes a variable of 10; each byte of the target
 * comes up to three times; the rest are the names of the variables that every request has.
 */
function roomFor (head: number, constants: Uint8Array, replaced: number): number {
  return Math.min(MAX_PACKET_BYTES, 512 + 3 * head + constants.length + replaced)
}

/** The variables to replace, their lengths in the parts: undefined removes one. */
function collect (set: Record<string, string | undefined>): string {
  if (typeof set !== 'object' || set === null) throw typeError('ERR_INVALID_OPTION', 'set has to be an object')
  let text = ''
  const keys = Object.keys(set)
  if (keys.length > MAX_REPLACED_VARS) throw rangeError('ERR_OUT_OF_RANGE', `set has to have at most ${MAX_REPLACED_VARS} variables`)
  for (const key of keys) {
    if (key === '') throw rangeError('ERR_EMPTY_KEY', 'a variable has an empty key')
    const value = set[key]
    addPart(key)
    addPart(value ?? '')
    if (value === undefined) slab[PARTS_START + partsUsed() - 1] = NO_VALUE
    text += key + (value ?? '')
    if (text.length > MAX_BLOCK_BYTES) throw rangeError('ERR_PACKET_TOO_LARGE', `set has more than ${MAX_BLOCK_BYTES} bytes`)
  }
  return text
}

const constants = new Uint8Array(slab.buffer, slab.byteOffset + 4 * CONSTANTS_START)
let applied: Uint8Array | undefined

/** Puts the variables that do not depend on the head where native code reads them. */
function applyConstants (block: Uint8Array): void {
  if (applied === block) return
  constants.set(block)
  slab[WORD_CONSTANTS_LENGTH] = block.length
  applied = block
}

function write (
  bytes: Uint8Array, size: number, settings: Settings, modifiers: number, text: string | undefined
): TranscodedRequest | null {
  const { block } = settings.constants
  takeRoom(roomFor(size, block, (text?.length ?? 0) + HEADER_BYTES * slab[WORD_PART_COUNT]!))
  apply(settings)
  applyConstants(block)
  slab[WORD_PACKET_MODIFIERS] = modifiers
  const headText = binding.transcodeRequestHead(bytes, text)
  checkLatin1()
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  const fault = slab[WORD_FAULT]!
  if (fault === FAULT_TOO_LARGE) throw new ProtocolError('ERR_HTTP_PACKET_TOO_LARGE', 0)
  if (fault !== 0) throw new Error(`gatewire: the encoder failed with fault ${fault}`)
  const packet = cutRoom(slab[WORD_WRITTEN]!)
  return { packet, head: new Head(bytes, headText, settings, HTTP) }
}

/**
 * Decodes the HTTP/1.x request head at the start of `bytes` and encodes the uwsgi packet for it (uwsgi docs, Protocol): what `encodeUwsgi`
 * would make of the head, in one step. `decodeUwsgi(packet).environ` equals `decodeHttp(bytes).environ`, but for what `set` changes.
 *
 * Null and errors as for `decodeHttp`; also ProtocolError `ERR_HTTP_PACKET_TOO_LARGE` (431) when the variables have more than 65 535 bytes,
 * and RangeError for a modifier out of range, and for an empty name, a character above U+00FF, more than 65 535 bytes or more than 1 000 variables
 * in `set`. The packet is a copy; the head reads `bytes`.
 */
export function transcodeHttpToUwsgi (bytes: Uint8Array, options?: TranscodeOptions): TranscodedRequest | null {
  const settings = settingsOf(options)
  const modifiers = modifierOf(options?.modifier1, 0, 'modifier1') | modifierOf(options?.modifier2, 0, 'modifier2') << 8
  checkReadable(bytes)
  const { length } = bytes // now: bytes of a class of the caller's may have code of their own
  const at = (slab[WORD_PARTS_AT] = partsUsed())
  slab[WORD_PART_COUNT] = 0
  const set = options?.set
  if (set === undefined) return write(bytes, length, settings, modifiers, undefined)
  try {
    const text = collect(set)
    handOver(at)
    announceText(text)
    return write(bytes, length, settings, modifiers, text)
  } finally {
    releaseParts(at)
  }
}
