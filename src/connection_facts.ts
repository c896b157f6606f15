// What a connection, and where an application is mounted, tell about every HTTP request on it: the variables that do not depend on the
// head (RFC 3875 section 4.1, PEP 3333). Knows no bytes of a peer.
import { typeError } from './errors.js'
import { MOUNT_BYTES } from './layout.js'

/**
 * Where requests come in. A net.Socket fits; its properties are read once. Strings are of visible ASCII characters, 255 at most; anything
 * else is TypeError `ERR_INVALID_OPTION` of the function that is given them.
 */
export interface ConnectionFacts {
  /** REMOTE_ADDR, the address of the peer; IPv4 mapped into IPv6 is unwrapped, a zone left out. Default '' (RFC 3875 section 4.1.8). */
  readonly remoteAddress?: string | undefined
  /** REMOTE_PORT, 0 to 65 535. Default: there is none. */
  readonly remotePort?: number | undefined
  /** SERVER_NAME, unless `serverName` is given; '[...]' around IPv6. */
  readonly localAddress?: string | undefined
  /** SERVER_PORT, 0 to 65 535 (RFC 3875 section 4.1.15). Default 80, or 443 with the scheme 'https'. */
  readonly localPort?: number | undefined
  /** SERVER_NAME, a host name or address; '[...]' around IPv6. Default: localAddress, else 'localhost'. */
  readonly serverName?: string | undefined
  /** REQUEST_SCHEME. 'https' also sets HTTPS to 'on'. Default 'http'. */
  readonly scheme?: 'http' | 'https' | undefined
}

/**
 * The variables of a connection. Which ones there are is the same for most connections, so each has little besides their values.
 * @internal
 */
export class Constants {
  /** In the order of the environ. */
  readonly names: readonly string[]
  /** The values by position, for the environ builders. */
  readonly values: readonly string[]
  /** Bits that tell the possible sets of names apart, for native code, which keeps one shape for each. */
  readonly traits: number
  #block: Uint8Array | undefined

  constructor (traits: number, values: readonly string[]) {
    this.names = NAMES[traits]!
    this.values = values
    this.traits = traits
  }

  /** The variables as a vars block (uwsgi docs, Protocol), for packets that are made from heads. */
  get block (): Uint8Array {
    return (this.#block ??= Buffer.concat(this.names.flatMap((name, i) => [sized(name), sized(this.values[i]!)])))
  }
}

const TRAIT_HTTPS = 2
const TRAIT_REMOTE_PORT = 4
const LONGEST_NAME = 255

function namesFor (traits: number): readonly string[] {
  return ['SCRIPT_NAME', 'SERVER_NAME', 'SERVER_PORT', 'REMOTE_ADDR', ...(traits & TRAIT_REMOTE_PORT ? ['REMOTE_PORT'] : []),
    'REQUEST_SCHEME', ...(traits & TRAIT_HTTPS ? ['HTTPS'] : [])]
}

/** By the bits of traits. */
const NAMES = Array.from({ length: 2 * TRAIT_REMOTE_PORT }, (_, traits) => namesFor(traits))

/**
 * An address as it is written; IPv4 in an IPv6 socket is IPv4 (RFC 4291 section 2.5.5.2), and the zone of a link-local one is no part of it
 * (RFC 4007 section 11.2): node:net says `fe80::1%eth0`.
 */
function addressOf (address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/^([^%]*:[^%]*)%.*$/, '$1')
}

/** RFC 3875 section 4.1.14 wants brackets, and without them SERVER_NAME:SERVER_PORT could not be read. */
function serverNameOf (facts: ConnectionFacts): string {
  const name = facts.serverName ?? (facts.localAddress === undefined ? 'localhost' : addressOf(facts.localAddress))
  return name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
}

function text (value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length > LONGEST_NAME || !/^[\x21-\x7E]*$/.test(value)) {
    throw typeError('ERR_INVALID_OPTION', `connection.${name} has to be a string of at most ${LONGEST_NAME} visible ASCII characters`)
  }
  return value
}

function port (value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 65535) {
    throw typeError('ERR_INVALID_OPTION', `connection.${name} has to be an integer from 0 to 65535`)
  }
  return value as number
}

function check (given: ConnectionFacts | undefined): ConnectionFacts {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null) throw typeError('ERR_INVALID_OPTION', 'connection has to be an object, such as a net.Socket')
  const { scheme } = given
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw typeError('ERR_INVALID_OPTION', "connection.scheme has to be 'http' or 'https'")
  }
  const serverName = text(given.serverName, 'serverName')
  if (serverName === '') throw typeError('ERR_INVALID_OPTION', 'connection.serverName must not be empty (PEP 3333)')
  return {
    remoteAddress: text(given.remoteAddress, 'remoteAddress'),
    remotePort: port(given.remotePort, 'remotePort'),
    localAddress: text(given.localAddress, 'localAddress') || undefined,
    localPort: port(given.localPort, 'localPort'),
    serverName,
    scheme
  }
}

/** Text with its length before it, as a vars block has it. */
function sized (item: string): Uint8Array {
  const bytes = Buffer.alloc(2 + item.length)
  bytes.writeUInt16LE(item.length)
  bytes.write(item, 2, 'latin1')
  return bytes
}

/** The variables of a connection. TypeError `ERR_INVALID_OPTION`. @internal */
export function constantsOf (connection: ConnectionFacts | undefined, mount: string): Constants {
  const facts = check(connection)
  const https = facts.scheme === 'https'
  const values = [mount, serverNameOf(facts), String(facts.localPort ?? (https ? 443 : 80)), addressOf(facts.remoteAddress ?? '')]
  if (facts.remotePort !== undefined) values.push(String(facts.remotePort))
  values.push(https ? 'https' : 'http')
  if (https) values.push('on')
  // A copy has room for what is in it and no more: there is one for each connection.
  return new Constants((https ? TRAIT_HTTPS : 0) | (facts.remotePort === undefined ? 0 : TRAIT_REMOTE_PORT), values.slice())
}

/** The bytes of a mount point. TypeError or RangeError when it is none. @internal */
export function mountBytes (mount: string): Uint8Array {
  if (typeof mount !== 'string' || (mount !== '' && !/^\/[^\0]*[^/\0]$/.test(mount)) || /[^\0-\xFF]/.test(mount)) { // oxlint-disable-line no-control-regex
    throw typeError('ERR_INVALID_OPTION', "mount has to be '' or a path like '/x', of latin-1 characters and without '/' at the end")
  }
  const bytes = Buffer.from(mount, 'latin1')
  if (bytes.length > MOUNT_BYTES) throw typeError('ERR_INVALID_OPTION', `mount has to have at most ${MOUNT_BYTES} bytes`)
  return bytes
}
