// The cases of corpus/http: one HTTP/1.x request each, hand-written, and what has to become of it. Knows the form of the files; knows
// nothing of this package, so that the package cannot agree with itself.
import { readdirSync, readFileSync } from 'node:fs'

/** Text of bytes 00-FF, one character each; a piece may be repeated. */
type Text = string | Array<string | { repeat: string, times: number }>

export type Framing = 'none' | 'chunked' | number

/** A request that is accepted. */
export interface Accepted {
  /** Variables; null: there is none. */
  'environ'?: Record<string, string | null>
  /** All variables, in order. */
  'whole environ'?: Record<string, string>
  'framing': Framing
  'keepAlive': boolean
  'expectContinue'?: boolean
  'upgrade'?: string
  'content'?: string
  'trailers'?: Array<[name: string, value: string]>
  /** Why there is no packet for it. */
  'packet'?: string
}

/** A request that is refused; `before`: what was accepted of it, or, if that is complete, the request before it. */
export interface Refused {
  error: string
  status: number
  offset: number
  before?: { framing: Framing, content: string, complete?: boolean }
}

export interface HttpCase {
  readonly name: string
  readonly rule: string
  readonly source: string
  /** Published attacks of this form. */
  readonly cve: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  readonly expect: Accepted | Refused
}

function textOf (text: Text): string {
  if (typeof text === 'string') return text
  return text.map(piece => typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)).join('')
}

/** Every text in the expectation written out: those of content and trailers may be in pieces. */
function expectationOf (given: Accepted | Refused): Accepted | Refused {
  if ('error' in given) {
    const { before } = given
    return before === undefined ? given : { ...given, before: { ...before, content: textOf(before.content) } }
  }
  const trailers = given.trailers?.map(([name, value]): [string, string] => [name, textOf(value)])
  return trailers === undefined ? given : { ...given, trailers }
}

export const httpFolder: URL = new URL('corpus/http/', import.meta.url)

export const httpCases: readonly HttpCase[] = readdirSync(httpFolder).filter(name => name.endsWith('.json')).map(file => {
  const { bytes, expect, cve, options, ...rest } = JSON.parse(readFileSync(new URL(file, httpFolder), 'utf8')) as {
    rule: string, source: string, cve?: string[], options?: Record<string, unknown>, bytes: Text, expect: Accepted | Refused
  }
  return {
    ...rest,
    name: file.slice(0, -5),
    cve: cve ?? [],
    options: options ?? {},
    bytes: Buffer.from(textOf(bytes), 'latin1'),
    expect: expectationOf(expect)
  }
})

/** Whether the head of the case is accepted. */
export function hasHead ({ expect }: HttpCase): boolean {
  return !('error' in expect) || expect.before !== undefined
}

/** Whether the case is refused for what its bytes say, not because they end. */
export function isFaulty ({ expect }: HttpCase): boolean {
  return 'error' in expect && !expect.error.endsWith('_TRUNCATED')
}

/** Where the head of a case ends, its blank line included; the end of the bytes when it does not. */
export function headEnd ({ bytes }: HttpCase): number {
  const start = bytes.subarray(0, 2).equals(Buffer.from('\r\n')) ? 2 : 0
  const blank = bytes.indexOf('\r\n\r\n', start, 'latin1')
  return blank < 0 ? bytes.length : blank + 4
}
