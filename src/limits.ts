// Options of the decoders and their limits: defaults, validation, and the settings that native code reads. Knows no input.
import { binding } from './engine.js'
import { rangeError, typeError } from './errors.js'
import { MAX_BLOCK_BYTES, WORD_MAX_CONTENT_HIGH, WORD_MAX_CONTENT_LOW, WORD_MAX_PACKET_BYTES, WORD_MAX_VARS } from './layout.js'

/** Limits of a decoder. What passes one is refused with the status that stands beside it. */
export interface Limits {
  /** Largest vars block in bytes, 0 to 65 535 (the format's own bound, and the default). Beyond: 431. */
  maxPacketBytes: number
  /** Most variables of a packet, 0 to 13 107 (what a block can hold). Default 1 000: ten times what browsers send. Beyond: 431. */
  maxVars: number
  /** Largest CONTENT_LENGTH in bytes, 0 to 2^53-1 (the default: how much is too much only the application knows). Beyond: 413. */
  maxContentBytes: number
}

/** What to do with repeated `HTTP_*` variables of one uwsgi packet. */
export type DuplicatePolicy = 'join' | 'last' | 'refuse'

/** Options of `decodeUwsgi` and `RequestDecoder`. Checked once for each options object, so keep one and pass it each time. */
export interface DecodeOptions {
  limits?: Partial<Limits>
  /**
   * Repeated `HTTP_*` variables. `'join'` (default): list fields with `', '`, HTTP_COOKIE with `'; '` (RFC 9110 section 5.3, RFC 6265
   * section 5.4); HTTP_HOST, HTTP_AUTHORIZATION, HTTP_CONTENT_TYPE, HTTP_CONTENT_LENGTH, HTTP_REFERER and HTTP_USER_AGENT cannot be
   * joined: the last one counts. `'last'`: the last one counts for all. `'refuse'`: ProtocolError 400. All other variables: the last one.
   */
  duplicates?: DuplicatePolicy
}

/** Checked options. @internal */
export interface Settings {
  readonly limits: Readonly<Limits>
  readonly duplicates: DuplicatePolicy
}

const RANGES: Readonly<Record<keyof Limits, { default: number, max: number }>> = {
  maxPacketBytes: { default: MAX_BLOCK_BYTES, max: MAX_BLOCK_BYTES },
  maxVars: { default: 1000, max: Math.floor(MAX_BLOCK_BYTES / 5) },
  maxContentBytes: { default: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }
}
const POLICIES: readonly string[] = ['join', 'last', 'refuse']

function checkLimits (given: Partial<Limits> | undefined): Limits {
  const limits = { maxPacketBytes: 0, maxVars: 0, maxContentBytes: 0 }
  for (const name of Object.keys(RANGES) as Array<keyof Limits>) limits[name] = RANGES[name].default
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
  if (!POLICIES.includes(duplicates)) throw typeError('ERR_INVALID_OPTION', "duplicates has to be 'join', 'last' or 'refuse'")
  return { limits: checkLimits(options.limits), duplicates }
}

const defaults: Settings = { limits: checkLimits(undefined), duplicates: 'join' }
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

let applied: Settings | undefined

/** Puts the limits where native code reads them. @internal */
export function apply (settings: Settings): void {
  if (applied === settings) return
  const { slab } = binding
  const { maxPacketBytes, maxVars, maxContentBytes } = settings.limits
  slab[WORD_MAX_PACKET_BYTES] = maxPacketBytes
  slab[WORD_MAX_VARS] = maxVars
  slab[WORD_MAX_CONTENT_LOW] = maxContentBytes >>> 0
  slab[WORD_MAX_CONTENT_HIGH] = Math.floor(maxContentBytes / 2 ** 32)
  applied = settings
}
