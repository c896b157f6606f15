// The fields by which front ends tell applications about the client: which they are, and what the next hop gets. Whoever is not trusted
// could put any words into the mouth of a front end. Knows no connection.
import type { Environ } from '../index.js'

type Changes = Record<string, string | undefined>

/** Fields that are about the client or about the request as it was before a front end, whatever the product. */
const NAMES: ReadonlySet<string> = new Set([
  'FORWARDED', // RFC 7239
  'X_REAL_IP', 'X_CLIENT_IP', 'X_CLUSTER_CLIENT_IP', 'TRUE_CLIENT_IP', 'CF_CONNECTING_IP', 'CF_CONNECTING_IPV6', 'FASTLY_CLIENT_IP',
  'X_ORIGINAL_FORWARDED_FOR', 'X_ORIGINAL_HOST', 'X_ORIGINAL_URI', 'X_ORIGINAL_URL', 'X_REWRITE_URL', 'X_SCRIPT_NAME',
  'X_SCHEME', 'X_URL_SCHEME', 'FRONT_END_HTTPS'
].map(name => `HTTP_${name}`))
const PREFIX = 'HTTP_X_FORWARDED'

export function isForwarded (name: string): boolean {
  return name.startsWith(PREFIX) || NAMES.has(name)
}

function appended (list: string | undefined, element: string): string {
  return list === undefined || list === '' ? element : `${list}, ${element}`
}

/** One hop as RFC 7239 section 4 writes it: an IPv6 address needs brackets and quotes. */
function hop (address: string, scheme: string): string {
  return `for=${address.includes(':') ? `"[${address}]"` : address};proto=${scheme}`
}

/**
 * What the application is told, as changes of the variables: X-Forwarded-For, -Proto and -Host. All others are removed. From a trusted
 * peer all are kept, the lists get one more element, and -Proto and -Host are only set where they are missing. A peer that has no address,
 * on a unix socket, is no element.
 */
export function forwardedFields (environ: Environ, trusted: boolean): Changes {
  const changes: Changes = {}
  const address = environ['REMOTE_ADDR'] ?? ''
  const scheme = environ['REQUEST_SCHEME'] ?? 'http'
  const host = environ['HTTP_HOST'] ?? ''
  if (!trusted) for (const name in environ) if (isForwarded(name)) changes[name] = undefined
  if (address !== '') changes['HTTP_X_FORWARDED_FOR'] = appended(trusted ? environ['HTTP_X_FORWARDED_FOR'] : undefined, address)
  if (!trusted || environ['HTTP_X_FORWARDED_PROTO'] === undefined) changes['HTTP_X_FORWARDED_PROTO'] = scheme
  if (host !== '' && (!trusted || environ['HTTP_X_FORWARDED_HOST'] === undefined)) changes['HTTP_X_FORWARDED_HOST'] = host
  if (trusted && address !== '' && environ['HTTP_FORWARDED'] !== undefined) {
    changes['HTTP_FORWARDED'] = appended(environ['HTTP_FORWARDED'], hop(address, scheme))
  }
  return changes
}
