// Fields that end at the next hop (RFC 9110 section 7.6.1): which of a request do not reach the application, and which of its answer do
// not reach the client. Knows variables and fields; knows no connection.
import type { Environ } from '../index.js'
import { isForwarded } from './forwarded.js'

type Field = readonly [name: string, value: string]

/** Of requests, as variables. Expect is answered here (section 10.1.1), and Proxy-Authorization is for a proxy (section 11.7.2). */
const OF_REQUESTS: readonly string[] = [
  'CONNECTION', 'KEEP_ALIVE', 'PROXY_CONNECTION', 'TE', 'TRAILER', 'TRANSFER_ENCODING', 'UPGRADE', 'HTTP2_SETTINGS', 'EXPECT',
  'PROXY_AUTHORIZATION'
].map(name => `HTTP_${name}`)

/**
 * Of responses. The last one means something in CGI only, where it would be the status (RFC 3875 section 6.3.3), and some take it for
 * that elsewhere.
 */
const OF_RESPONSES: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authenticate',
  'proxy-authentication-info', 'status'
])
/** Connection may not name what is meant for all recipients (section 7.6.1): that says what the content is, and it stays. */
const STAY_IN_RESPONSES: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-encoding', 'content-range', 'date'])

function optionsOf (connection: string): string[] {
  return connection.split(',').map(option => option.trim()).filter(option => option !== '')
}

/**
 * Variables of a request that are left out, as changes. What Connection names is left out as well, with exceptions: by naming the fields
 * that a front end sets, a client could have them removed. So those stay, and Host.
 */
export function hopByHopVariables (environ: Environ): Record<string, undefined> {
  const changes: Record<string, undefined> = {}
  for (const name of OF_REQUESTS) if (environ[name] !== undefined) changes[name] = undefined
  for (const option of optionsOf(environ['HTTP_CONNECTION'] ?? '')) {
    const name = `HTTP_${option.toUpperCase().replaceAll('-', '_')}`
    if (environ[name] !== undefined && name !== 'HTTP_HOST' && !isForwarded(name)) changes[name] = undefined
  }
  return changes
}

/** The fields of a response that are the client's to see, in order. */
export function endToEndFields (fields: readonly Field[]): Field[] {
  const named = new Set<string>()
  for (const [name, value] of fields) {
    if (name.toLowerCase() === 'connection') for (const option of optionsOf(value)) named.add(option.toLowerCase())
  }
  return fields.filter(([name]) => {
    const lower = name.toLowerCase()
    return !OF_RESPONSES.has(lower) && !(named.has(lower) && !STAY_IN_RESPONSES.has(lower))
  })
}
