// Options of the decoders and their limits: defaults, validation, and the settings that native code reads. Knows no input.
import { type ConnectionFacts, type Constants, constantsOf, mountBytes } from './connection_facts.js'
import { binding } from './engine.js'
import { rangeError, typeError } from './errors.js'
import {
  MAX_BLOCK_BYTES, MAX_FIELD_LINES, MAX_HEAD_BYTES, MOUNT_START, WORD_MAX_CHUNK_LINE_BYTES, WORD_MAX_CHUNK_OVERHEAD_BYTES,
  WORD_MAX_CONTENT_HIGH, WORD_MAX_CONTENT_LOW, WORD_MAX_FIELD_LINE_BYTES, WORD_MAX_FIELD_LINES, WORD_MAX_HEAD_BYTES, WORD_MAX_PACKET_BYTES,
  WORD_MAX_REQUEST_LINE_BYTES, WORD_MAX_TRAILER_BYTES, WORD_MAX_TRAILER_LINES, WORD_MAX_VARS, WORD_MOUNT_LENGTH, WORD_REFUSE_UNDERSCORES,
  WORD_REQUEST_TRAITS
} from './layout.js'

/** Limits of a decoder. What passes one is refused with the status that stands beside it. */
export interface Limits {
  /** Largest vars block in bytes, 0 to 65 535 (the format's own bound, and the default). Beyond: 431. */
  maxPacketBytes: number
  /** Most variables of a packet, 0 to 13 107 (what a block can hold). Default 1 000: ten times what browsers send. Beyond: 431. */
  maxVars: number
  /** Largest content in bytes, 0 to 2^53-1 (the default: how much is too much only the application knows). Beyond: 413. */
  maxContentBytes: number
  /** Longest request line of an HTTP head in bytes, 0 to 65 535, its CR LF not counted. Default 8 190 (RFC 9112 section 3). Beyond: 414. */
  maxRequestLineBytes: number
  /** Longest field line in bytes, 0 to 65 535, its CR LF not counted. Default 8 190: two full cookies. Beyond: 431. */
  maxFieldLineBytes: number
  /** Most field lines of a head, 0 to 1 000. Default 100: browsers send some 20. Beyond: 431. */
  maxFieldLines: number
  /** Largest HTTP head in bytes, 0 to 65 535. Default 32 768: four lines of the largest size. Beyond: 431. */
  maxHeadBytes: number
  /** Longest chunk-size line in bytes, extensions included, 0 to 65 535. Default 256. Beyond: 400. */
  maxChunkLineBytes: number
  /** Bytes that chunked coding may cost beyond those of the content, 0 to 2^32-1. Default 16 384, so that tiny chunks end. Beyond: 400. */
  maxChunkOverheadBytes: number
  /** Largest trailer section in bytes, 0 to 65 535. Default 8 192. Beyond: 431. */
  maxTrailerBytes: number
  /** Most trailer fields, 0 to 1 000. Default 32. Beyond: 431. */
  maxTrailerLines: number
}

/** What to do with repeated `HTTP_*` variables of one uwsgi packet. */
export type DuplicatePolicy = 'join' | 'last' | 'refuse'

/** What to do with HTTP field names that have `_`, and would become the same variable as one with `-`. */
export type UnderscorePolicy = 'drop' | 'refuse' | 'keep'

/**
 * Options of the decoders. Checked, and read, once for each options object, so keep one (for HTTP, one for each connection) and pass it
 * each time.
 */
export interface DecodeOptions {
  /** Bounds of what is accepted; those that are not given have their defaults. */
  limits?: Partial<Limits>
  /**
   * HTTP only: where the request came in, for SERVER_NAME, SERVER_PORT, REMOTE_ADDR, REMOTE_PORT, REQUEST_SCHEME and HTTPS. A net.Socket
   * fits. Without it: 'localhost', '80', and '' for REMOTE_ADDR.
   */
  connection?: ConnectionFacts
  /**
   * HTTP only: SCRIPT_NAME (RFC 3875 section 4.1.13), '' (default) or '/x' without '/' at the end, at most 1 024 bytes. It is matched on
   * the decoded path where a segment ends; a path that is not below it is refused with 404.
   */
  mount?: string
  /**
   * HTTP only: field names with `_`. `'drop'` (default): they are no variables. `'refuse'`: ProtocolError 400. `'keep'`: variables like
   * others, joined with those of `-`; whoever can send them can then forge any field that a front end sets (RFC 9110 section 17.10).
   * Trailers are no variables, so this is not about them.
   */
  underscores?: UnderscorePolicy
  /**
   * uwsgi only: repeated `HTTP_*` variables. `'join'` (default): list fields with `', '`, HTTP_COOKIE with `'; '` (RFC 9110 section 5.3, RFC 6265
   * section 5.4); HTTP_HOST, HTTP_AUTHORIZATION, HTTP_CONTENT_TYPE, HTTP_CONTENT_LENGTH, HTTP_REFERER and HTTP_USER_AGENT cannot be
   * joined: the last one counts. `'last'`: the last one counts for all. `'refuse'`: ProtocolError 400. All other variables: the last one.
   */
  duplicates?: DuplicatePolicy
}

/** Checked options. @internal */
export interface Settings {
  readonly limits: Readonly<Limits>
  readonly duplicates: DuplicatePolicy
  readonly underscores: UnderscorePolicy
  /** The bytes of the mount point. */
  readonly mount: Uint8Array
  /** Stands for everything above: settings that have it in common differ in their constants only. */
  readonly rules: object
  /** Variables of HTTP heads that do not depend on the head. */
  readonly constants: Constants
}

const RANGES: Readonly<Record<keyof Limits, { default: number, max: number }>> = {
  maxPacketBytes: { default: MAX_BLOCK_BYTES, max: MAX_BLOCK_BYTES },
  maxVars: { default: 1000, max: Math.floor(MAX_BLOCK_BYTES / 5) },
  maxContentBytes: { default: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  maxRequestLineBytes: { default: 8190, max: MAX_HEAD_BYTES },
  maxFieldLineBytes: { default: 8190, max: MAX_HEAD_BYTES },
  maxFieldLines: { default: 100, max: MAX_FIELD_LINES },
  maxHeadBytes: { default: 32768, max: MAX_HEAD_BYTES },
  maxChunkLineBytes: { default: 256, max: 65535 },
  maxChunkOverheadBytes: { default: 16384, max: 2 ** 32 - 1 },
  maxTrailerBytes: { default: 8192, max: 65535 },
  maxTrailerLines: { default: 32, max: MAX_FIELD_LINES }
}
const DUPLICATES: readonly string[] = ['join', 'last', 'refuse']
const UNDERSCORES: readonly string[] = ['drop', 'refuse', 'keep']

function checkLimits (given: Partial<Limits> | undefined): Limits {
  const limits = Object.fromEntries(Object.entries(RANGES).map(([name, range]) => [name, range.default])) as unknown as Limits
  if (given === undefined) return limits
  if (typeof given !== 'object' || given === null) throw typeError('ERR_INVALID_OPTION', 'limits has to be an object')
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(RANGES, name)) throw typeError('ERR_INVALID_OPTION', `there is no limit ${JSON.stringify(name)}`)
    if (value === undefined) continue
    const { max } = RANGES[name as keyof Limits]
    if (!Number.isSafeInteger(value) || value < 0 || value > max) {
      throw rangeError('ERR_OUT_OF_RANGE', `limits.${name} has to be an integer from 0 to ${max}`)
    }
    limits[name as keyof Limits] = value
  }
  return limits
}

function check (options: DecodeOptions): Settings {
  if (typeof options !== 'object' || options === null) throw typeError('ERR_INVALID_ARG_TYPE', 'options have to be an object')
  const duplicates = options.duplicates ?? 'join'
  if (!DUPLICATES.includes(duplicates)) throw typeError('ERR_INVALID_OPTION', "duplicates has to be 'join', 'last' or 'refuse'")
  const underscores = options.underscores ?? 'drop'
  if (!UNDERSCORES.includes(underscores)) throw typeError('ERR_INVALID_OPTION', "underscores has to be 'drop', 'refuse' or 'keep'")
  const mount = options.mount ?? ''
  const bytes = mountBytes(mount)
  const limits = checkLimits(options.limits)
  return { limits, duplicates, underscores, mount: bytes, rules: limits, constants: constantsOf(options.connection, mount) }
}

const defaults: Settings = check({})
const checked = new WeakMap<DecodeOptions, Settings>()

/** The settings for an options object, checked the first time it is seen. @internal */
export function settingsOf (options: DecodeOptions | undefined): Settings {
  if (options === undefined) return defaults
  let settings = checked.get(options)
  if (settings === undefined) {
    settings = check(options)
    checked.set(options, settings)
  }
  return settings
}

/** The settings for an options object, of a connection that it knows nothing of. @internal */
export function settingsFor (options: DecodeOptions, connection: ConnectionFacts): Settings {
  const settings = settingsOf(options)
  const [scriptName] = settings.constants.values
  return { ...settings, constants: constantsOf(connection, scriptName!) }
}

let applied: Settings | undefined
const mountInSlab = new Uint8Array(binding.slab.buffer, binding.slab.byteOffset + 4 * MOUNT_START)

/** Puts the settings where native code reads them. Mostly they are there: small, so that V8 makes it a part of its callers. @internal */
export function apply (settings: Settings): void {
  if (applied !== settings) write(settings)
}

function write (settings: Settings): void {
  const changed = applied?.rules !== settings.rules
  // Until all of them are there, they are nobody's: the end of the stack may come in between.
  applied = undefined
  if (changed) writeRules(settings)
  binding.slab[WORD_REQUEST_TRAITS] = (settings.underscores === 'keep' ? TRAIT_KEEP_UNDERSCORES : 0) | settings.constants.traits
  applied = settings
}

function writeRules (settings: Settings): void {
  const { slab } = binding
  const { limits, mount } = settings
  slab[WORD_MAX_PACKET_BYTES] = limits.maxPacketBytes
  slab[WORD_MAX_VARS] = limits.maxVars
  slab[WORD_MAX_CONTENT_LOW] = limits.maxContentBytes >>> 0
  slab[WORD_MAX_CONTENT_HIGH] = Math.floor(limits.maxContentBytes / 2 ** 32)
  slab[WORD_MAX_REQUEST_LINE_BYTES] = limits.maxRequestLineBytes
  slab[WORD_MAX_FIELD_LINE_BYTES] = limits.maxFieldLineBytes
  slab[WORD_MAX_FIELD_LINES] = limits.maxFieldLines
  slab[WORD_MAX_HEAD_BYTES] = limits.maxHeadBytes
  slab[WORD_MAX_CHUNK_LINE_BYTES] = limits.maxChunkLineBytes
  slab[WORD_MAX_CHUNK_OVERHEAD_BYTES] = limits.maxChunkOverheadBytes
  slab[WORD_MAX_TRAILER_BYTES] = limits.maxTrailerBytes
  slab[WORD_MAX_TRAILER_LINES] = limits.maxTrailerLines
  slab[WORD_REFUSE_UNDERSCORES] = settings.underscores === 'refuse' ? 1 : 0
  if (mount.length > 0) mountInSlab.set(mount)
  slab[WORD_MOUNT_LENGTH] = mount.length
}

/** Bit of WORD_REQUEST_TRAITS that the core reads. */
const TRAIT_KEEP_UNDERSCORES = 1
