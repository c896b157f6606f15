// The recorded peers as test cases: bytes, and what an independent decoder found in them. Knows the files of captures/ and which of
// the recorded packets announce content; knows nothing of this package, so that the package cannot agree with itself.
import { readFileSync } from 'node:fs'

export interface PacketCase {
  readonly file: string
  readonly bytes: Buffer
  readonly modifier1: number
  readonly modifier2: number
  readonly byteLength: number
  readonly vars: ReadonlyArray<[string, string]>
  /** Bytes of content that have to follow; undefined when CONTENT_LENGTH has to be refused. */
  readonly contentLength: number | undefined
  readonly isRequest: boolean
}

export interface ArrayCase { readonly file: string, readonly bytes: Buffer, readonly byteLength: number, readonly items: readonly string[] }

export interface FaultyCase {
  readonly file: string
  readonly bytes: Buffer
  /** What has to be thrown; undefined where the packet never becomes complete. */
  readonly refusal: { readonly code: string, readonly offset: number } | undefined
}

interface Recorded {
  kind: 'dict' | 'non-dict' | 'invalid'
  modifier1: number
  modifier2: number
  datasize: number
  vars: Array<[string, string]>
  payload_latin1: string
  error: string
}

const HEADER_BYTES = 4
/** Request modifiers among the recorded packets (uwsgi docs, Protocol). */
const REQUESTS: ReadonlySet<number> = new Set([0, 5, 30])
/** The non-dict payloads that are arrays: RPC with modifier2 0 and 1, and the two-item cache call. */
const ARRAYS = /^uwsgi-(client-rpc|resp-rpc-(hello|unknown|empty)|resp-cache-set)/

const directory = new URL('captures/', import.meta.url)
const decoded = JSON.parse(readFileSync(new URL('decoded.json', directory), 'utf8')) as Record<string, Recorded>
const entries = Object.entries(decoded)

/** The bytes of one recording. */
export function capture (file: string): Buffer {
  return readFileSync(new URL(file, directory))
}

/** RFC 3875 section 4.1.2, with at most 19 digits, exact as a number, and the same however often it is given. */
function contentLengthOf (vars: ReadonlyArray<[string, string]>): number | undefined {
  const values = vars.filter(([key]) => key === 'CONTENT_LENGTH').map(([, value]) => value)
  if (values.some(value => !/^[0-9]{0,19}$/.test(value) || BigInt(value) > 2n ** 53n - 1n)) return undefined
  const lengths = new Set(values.map(Number))
  return lengths.size > 1 ? undefined : [...lengths][0] ?? 0
}

export const packetCases: readonly PacketCase[] = entries.filter(([, { kind }]) => kind === 'dict').map(([file, recorded]) => {
  const { modifier1, modifier2, datasize, vars } = recorded
  const isRequest = REQUESTS.has(modifier1)
  const contentLength = isRequest ? contentLengthOf(vars) : 0
  return { file, bytes: capture(file), modifier1, modifier2, byteLength: HEADER_BYTES + datasize, vars, contentLength, isRequest }
})

function itemsOf (payload: string): string[] {
  const items: string[] = []
  for (let at = 0; at < payload.length;) {
    const length = payload.charCodeAt(at) + 256 * payload.charCodeAt(at + 1)
    items.push(payload.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  return items
}

export const arrayCases: readonly ArrayCase[] = entries
  .filter(([file, { kind, modifier2 }]) => kind === 'non-dict' && modifier2 < 2 && ARRAYS.test(file))
  .map(([file, { datasize, payload_latin1: payload }]) =>
    ({ file, bytes: capture(file), byteLength: HEADER_BYTES + datasize, items: itemsOf(payload) }))

// The decoder that wrote decoded.json counts from the start of the block and stops at the pair, not at the length that overruns.
const REASONS: ReadonlyArray<[RegExp, string]> = [
  [/^key overrun at (\d+)/, 'ERR_UWSGI_KEY_OVERRUN'],
  [/^zero key length at (\d+)/, 'ERR_UWSGI_EMPTY_KEY'],
  [/^truncated key length at (\d+)/, 'ERR_UWSGI_KEY_LENGTH_TRUNCATED'],
  [/^truncated value length at (\d+)/, 'ERR_UWSGI_VALUE_LENGTH_TRUNCATED']
]

export const faultyCases: readonly FaultyCase[] = entries.filter(([, { kind }]) => kind === 'invalid').map(([file, { error }]) => {
  const bytes = capture(file)
  if (error.startsWith('truncated block')) return { file, bytes, refusal: undefined }
  for (const [pattern, code] of REASONS) {
    const offset = pattern.exec(error)?.[1]
    if (offset !== undefined) return { file, bytes, refusal: { code, offset: HEADER_BYTES + Number(offset) } }
  }
  throw new Error(`${file}: no code for ${error}`)
})
