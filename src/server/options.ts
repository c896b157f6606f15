// Options of a server: defaults, ranges and reasons, and their validation. Knows no connection.
import { isIP, BlockList } from 'node:net'
import { type DuplicatePolicy, type Limits, RequestDecoder, type RequestDecoderOptions } from '../index.js'
import { resolutionFor } from './clock.js'
import { rangeError, typeError } from './errors.js'

/** Options of `createServer`. Times are milliseconds, 1 to 2^31-1. */
export interface ServerOptions {
  protocol: 'uwsgi'
  /** Bounds of what is accepted: beyond them 413 or 431. `maxContentBytes` has no practical default; set it when you use `bytes()`. */
  limits?: Partial<Limits>
  /** What repeated `HTTP_*` variables of one packet become. */
  duplicates?: DuplicatePolicy
  /**
   * Peers that may connect over TCP: addresses ('192.0.2.7', '2001:db8::7') and networks ('192.0.2.0/24'). Others are closed at once.
   * Default: everybody who reaches the port, and they set REMOTE_ADDR, REMOTE_USER and every other variable. Unix sockets are not
   * concerned: `mode` of `listen` says who may connect.
   */
  allow?: readonly string[]
  /**
   * For the whole request head, from the connection on. Default 10 000: a front end sends it in one go. Beyond: 408, or no answer if no
   * byte has come.
   */
  headTimeout?: number
  /**
   * Without any progress, of the content that comes or the response that goes. Default 60 000, as front ends have. Beyond: 408, or the
   * connection is cut when a response has begun. The handler may take any time: the front end has a time-out for that, and `signal` tells.
   */
  idleTimeout?: number
  /** Least average rate of content in bytes per second, 0 to 2^31-1, counted while the server reads. Default 500; 0: none. Below: 408. */
  minContentRate?: number
  /** Time before `minContentRate` counts. Default 10 000, for slow beginnings. */
  contentGrace?: number
  /** Most connections at a time, 1 to 2^31-1; more are closed at once. Default 4 096: half a gigabyte if each holds as much as it may. */
  maxConnections?: number
  /** How long `close()` lets requests finish. Default 30 000, what supervisors grant before they kill. */
  drainTimeout?: number
}

/** Milliseconds as connections count them: the clock's coarseness included, so that none is early. */
export interface Times {
  readonly head: number
  readonly idle: number
  readonly contentGrace: number
  /** Bytes per second. */
  readonly contentRate: number
  /** Milliseconds between ticks; for times that are no options. */
  readonly resolution: number
}

export interface Settings {
  readonly decoding: RequestDecoderOptions
  readonly allow: BlockList | undefined
  readonly times: Times
  readonly maxConnections: number
  readonly drainTimeout: number
}

const MAX = 2 ** 31 - 1
const NUMBERS = {
  headTimeout: { default: 10_000, min: 1 },
  idleTimeout: { default: 60_000, min: 1 },
  minContentRate: { default: 500, min: 0 },
  contentGrace: { default: 10_000, min: 1 },
  maxConnections: { default: 4096, min: 1 },
  drainTimeout: { default: 30_000, min: 1 }
} as const
type NumberName = keyof typeof NUMBERS
const NAMES: ReadonlySet<string> = new Set(['protocol', 'limits', 'duplicates', 'allow', ...Object.keys(NUMBERS)])

function numberOf (options: ServerOptions, name: NumberName): number {
  const value = options[name] ?? NUMBERS[name].default
  if (typeof value !== 'number') throw typeError('ERR_INVALID_OPTION', `${name} has to be a number, not ${typeof value}`)
  const { min } = NUMBERS[name]
  if (!Number.isInteger(value) || value < min || value > MAX) {
    throw rangeError('ERR_OUT_OF_RANGE', `${name} has to be an integer from ${min} to ${MAX}`)
  }
  return value
}

function allowList (entries: readonly string[] | undefined): BlockList | undefined {
  if (entries === undefined) return undefined
  if (!Array.isArray(entries)) throw typeError('ERR_INVALID_OPTION', 'allow has to be an array of addresses and networks')
  const list = new BlockList()
  for (const entry of entries as unknown[]) {
    const [, address, prefix] = (typeof entry === 'string' && /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry)) || []
    const version = address === undefined ? 0 : isIP(address)
    if (version === 0 || Number(prefix ?? 0) > (version === 4 ? 32 : 128)) {
      throw typeError('ERR_INVALID_OPTION', `allow: ${JSON.stringify(entry)} is neither an IP address nor a network like '192.0.2.0/24'`)
    }
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address!, family)
    else list.addSubnet(address!, Number(prefix), family)
  }
  return list
}

/** Whether a list has an address. Sockets for both families report IPv4 addresses mapped into IPv6: they are looked up as what they are. */
export function isAllowed (list: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined && list.check(mapped, 'ipv4')) return true
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

/** Checks options and gives them their defaults. TypeError `ERR_INVALID_OPTION`, RangeError `ERR_OUT_OF_RANGE`. */
export function settingsOf (options: ServerOptions): Settings {
  if (typeof options !== 'object' || options === null) throw typeError('ERR_INVALID_ARG_TYPE', 'options have to be an object')
  if (options.protocol !== 'uwsgi') throw typeError('ERR_INVALID_OPTION', "protocol has to be 'uwsgi'")
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw typeError('ERR_INVALID_OPTION', `there is no option ${JSON.stringify(name)}`)
  }
  const decoding: RequestDecoderOptions = { protocol: 'uwsgi' }
  if (options.limits !== undefined) decoding.limits = options.limits
  if (options.duplicates !== undefined) decoding.duplicates = options.duplicates
  new RequestDecoder(decoding) // checks what is its own
  const head = numberOf(options, 'headTimeout')
  const idle = numberOf(options, 'idleTimeout')
  const contentGrace = numberOf(options, 'contentGrace')
  const resolution = resolutionFor(Math.min(head, idle, contentGrace))
  return {
    decoding,
    allow: allowList(options.allow),
    times: {
      head: head + resolution,
      idle: idle + resolution,
      contentGrace: contentGrace + resolution,
      contentRate: numberOf(options, 'minContentRate'),
      resolution
    },
    maxConnections: numberOf(options, 'maxConnections'),
    drainTimeout: numberOf(options, 'drainTimeout')
  }
}
