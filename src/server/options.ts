// Options of a server: defaults, ranges and reasons, and their validation. Knows no connection.
import { type DuplicatePolicy, type Limits, RequestDecoder, type RequestDecoderOptions, type UnderscorePolicy } from '../index.js'
import { AddressList } from './address_list.js'
import { resolutionFor } from './clock.js'
import { rangeError, typeError } from './errors.js'

/** Options that servers of all protocols have. Times are milliseconds, 1 to 2^31-1. */
export interface CommonServerOptions {
  /** Bounds of what is accepted: beyond them 413, 414 or 431. `maxContentBytes` has no practical default; set it when you use `bytes()`. */
  limits?: Partial<Limits>
  /**
   * Peers that may connect over TCP: addresses ('192.0.2.7', '2001:db8::7') and networks ('192.0.2.0/24'). Others are closed at once.
   * Default: everybody who reaches the port; over uwsgi they set REMOTE_ADDR, REMOTE_USER and every other variable. Unix sockets are not
   * concerned: `mode` of `listen` says who may connect.
   */
  allow?: readonly string[]
  /**
   * For the whole request head. Default 10 000: it is sent in one go. uwsgi counts from the connection on; HTTP from the connection on as
   * long as no byte has come, and then from the first byte of the head. Beyond: 408, or no answer if no byte has come.
   */
  headTimeout?: number
  /**
   * Without any progress, of the content that comes or the response that goes. Default 60 000, as front ends have. Beyond: 408, or the
   * connection is cut when a response has begun. The handler may take any time: the peer has a time-out for that, and `signal` tells.
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

/** Options of `createServer` for uwsgi. */
export interface UwsgiServerOptions extends CommonServerOptions {
  /** What connections carry: uwsgi packets, one for each. */
  protocol: 'uwsgi'
  /** What repeated `HTTP_*` variables of one packet become: 'join' (default), 'last' or 'refuse'; see `DecodeOptions`. */
  duplicates?: DuplicatePolicy
}

/** Options of `createServer` for HTTP/1.x. */
export interface HttpServerOptions extends CommonServerOptions {
  /** What connections carry: HTTP/1.x requests. */
  protocol: 'http'
  /** SCRIPT_NAME: '' (default) or '/x' without '/' at the end. Requests for paths that are not below it: 404. */
  mount?: string
  /** What becomes of field names with '_': they are left out ('drop', the default), refused with 400, or kept. */
  underscores?: UnderscorePolicy
  /** SERVER_NAME. Default: the address that the connection came in on, or 'localhost' on a unix socket. */
  serverName?: string
  /** REQUEST_SCHEME, and with 'https' HTTPS: for a server behind something that ends TLS. Default 'http'. */
  scheme?: 'http' | 'https'
  /** For the next request to begin on a connection that has had one. Default 5 000. Beyond: closed without a word. */
  keepAliveTimeout?: number
}

/** Options of `createServer`. */
export type ServerOptions = UwsgiServerOptions | HttpServerOptions

/** Milliseconds as connections count them: the clock's coarseness included, so that none is early. */
export interface Times {
  readonly head: number
  readonly keepAlive: number
  readonly idle: number
  readonly contentGrace: number
  /** Bytes per second. */
  readonly contentRate: number
  /** Milliseconds between ticks; for times that are no options. */
  readonly resolution: number
}

export interface Settings {
  readonly decoding: RequestDecoderOptions
  readonly allow: AddressList | undefined
  readonly times: Times
  readonly maxConnections: number
  readonly drainTimeout: number
}

const MAX = 2 ** 31 - 1
const NUMBERS = {
  headTimeout: { default: 10_000, min: 1 },
  keepAliveTimeout: { default: 5_000, min: 1 },
  idleTimeout: { default: 60_000, min: 1 },
  minContentRate: { default: 500, min: 0 },
  contentGrace: { default: 10_000, min: 1 },
  maxConnections: { default: 4096, min: 1 },
  drainTimeout: { default: 30_000, min: 1 }
} as const
type NumberName = keyof typeof NUMBERS
/** Options that concern one protocol. Those of the decoder are checked by it. */
const OF_PROTOCOL: Readonly<Record<ServerOptions['protocol'], readonly string[]>> = {
  uwsgi: ['duplicates'],
  http: ['mount', 'underscores', 'serverName', 'scheme', 'keepAliveTimeout']
}
const OF_ALL: readonly string[] = ['protocol', 'limits', 'allow', ...Object.keys(NUMBERS)] // the time-out of HTTP is looked for first

function numberOf (options: ServerOptions, name: NumberName): number {
  const value = (options as HttpServerOptions)[name] ?? NUMBERS[name].default
  if (typeof value !== 'number') throw typeError('ERR_INVALID_OPTION', `${name} has to be a number, not ${typeof value}`)
  const { min } = NUMBERS[name]
  if (!Number.isInteger(value) || value < min || value > MAX) {
    throw rangeError('ERR_OUT_OF_RANGE', `${name} has to be an integer from ${min} to ${MAX}`)
  }
  return value
}

function checkNames (options: ServerOptions): void {
  const { protocol } = options
  if (protocol !== 'uwsgi' && protocol !== 'http') throw typeError('ERR_INVALID_OPTION', "protocol has to be 'uwsgi' or 'http'")
  const other = protocol === 'uwsgi' ? 'http' : 'uwsgi'
  for (const name of Object.keys(options)) {
    if (OF_PROTOCOL[protocol].includes(name)) continue
    if (OF_PROTOCOL[other].includes(name)) throw typeError('ERR_INVALID_OPTION', `the option ${name} is for the protocol '${other}' only`)
    if (!OF_ALL.includes(name)) throw typeError('ERR_INVALID_OPTION', `there is no option ${JSON.stringify(name)}`)
  }
}

/** What the decoder of each connection is given; for HTTP, each adds its own addresses. */
function decodingOf (options: ServerOptions): RequestDecoderOptions {
  const decoding: RequestDecoderOptions = { protocol: options.protocol }
  if (options.limits !== undefined) decoding.limits = options.limits
  if (options.protocol === 'uwsgi') {
    if (options.duplicates !== undefined) decoding.duplicates = options.duplicates
  } else {
    if (options.mount !== undefined) decoding.mount = options.mount
    if (options.underscores !== undefined) decoding.underscores = options.underscores
    decoding.connection = { serverName: options.serverName, scheme: options.scheme }
  }
  new RequestDecoder(decoding) // checks all of them
  return decoding
}

/** Checks options and gives them their defaults. TypeError `ERR_INVALID_OPTION`, RangeError `ERR_OUT_OF_RANGE`. */
export function settingsOf (options: ServerOptions): Settings {
  if (typeof options !== 'object' || options === null) throw typeError('ERR_INVALID_ARG_TYPE', 'options have to be an object')
  checkNames(options)
  const decoding = decodingOf(options)
  const head = numberOf(options, 'headTimeout')
  const keepAlive = numberOf(options, 'keepAliveTimeout')
  const idle = numberOf(options, 'idleTimeout')
  const contentGrace = numberOf(options, 'contentGrace')
  const resolution = resolutionFor(Math.min(head, keepAlive, idle, contentGrace))
  return {
    decoding,
    allow: options.allow === undefined ? undefined : new AddressList(options.allow, 'allow'),
    times: {
      head: head + resolution,
      keepAlive: keepAlive + resolution,
      idle: idle + resolution,
      contentGrace: contentGrace + resolution,
      contentRate: numberOf(options, 'minContentRate'),
      resolution
    },
    maxConnections: numberOf(options, 'maxConnections'),
    drainTimeout: numberOf(options, 'drainTimeout')
  }
}
