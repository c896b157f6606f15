// The head of an HTTP/1.x request: field names become variables (RFC 3875 section 4.1.18), and the request line, the connection and the
// mount point give the others. Native code has joined repeated fields and decoded the path, so each variable has one value.
import { binding } from './engine.js'
import type { Told, Variables } from './environ.js'
import { variableOf } from './field_variables.js'
import { type Found, Head, type HeadProtocol, type HeadView, notDecoded } from './head.js'
import { idsOf, keyAt, RECORD_WORDS, valueAt } from './head_index.js'
import {
  FACT_EXPECT_CONTINUE, FACT_FIELD_LINES, FACT_KEEP_ALIVE, FACT_METHOD, FACT_MINOR, FACT_UPGRADE, LINES_WORDS, MAX_WANTED, METHODS, NAMES, REQUEST_VARS,
  WORD_LINES_AT, WORD_OUTCOME
} from './layout.js'
import { apply, type Settings } from './limits.js'

const { decodeRequestHead, slab } = binding
const FRAMING_BITS = 3
const FRAMING_CHUNKED = 2
/** Variables that stand behind the constants, because a request may lack them. */
const OPTIONAL: ReadonlySet<string> = new Set(['HTTP_HOST', 'CONTENT_LENGTH'])
/** The number of field lines among the words of native/core/request_lines.h. */
const FIELD_COUNT_WORD = 2
/** Words between the lines and the first field record: see native/boundary/slab.h. */
const FIRST_FIELD = MAX_WANTED + RECORD_WORDS * REQUEST_VARS.length

/** Decodes the HTTP head at the start of bytes that checkReadable has accepted; null when it is not complete yet. @internal */
export function decodeHttpHead (bytes: Uint8Array, settings: Settings): Head | null {
  apply(settings)
  const text = decodeRequestHead(bytes)
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  return new Head(bytes, text, settings, HTTP)
}

/** The lines of a head that is not complete, kept between the chunks that it comes in, so that nothing is read twice. @internal */
export class KeptLines {
  readonly #words: Uint32Array
  readonly #settings: Settings

  /** Takes what `decodeHttpHead` has read when it returned null. */
  constructor (settings: Settings) {
    this.#settings = settings
    this.#words = new Uint32Array(LINES_WORDS + RECORD_WORDS * settings.limits.maxFieldLines)
    const at = slab[WORD_LINES_AT]!
    const records = RECORD_WORDS * slab[at + FIELD_COUNT_WORD]!
    this.#words.set(slab.subarray(at, at + LINES_WORDS))
    const first = at + LINES_WORDS + FIRST_FIELD
    this.#words.set(slab.subarray(first, first + records), LINES_WORDS)
  }

  /** Reads on in the bytes of the head, of which there are more now. */
  decode (bytes: Uint8Array): Head | null {
    apply(this.#settings)
    const text = binding.continueRequestHead(bytes, this.#words)
    if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
    return new Head(bytes, text, this.#settings, HTTP)
  }
}

/** The variables that every head has, by the names of those that its connection gives it. */
const commonOf = new WeakMap<readonly string[], Variables>()

function commonVariables (ofConnection: readonly string[]): Variables {
  const names: string[] = []
  const sources: number[] = []
  const add = (name: string, source: number): void => {
    names.push(name)
    sources.push(source)
  }
  REQUEST_VARS.forEach((name, i) => {
    if (OPTIONAL.has(name)) return
    add(name, i)
    if (name === 'REQUEST_URI') add('RAW_URI', i)
  })
  ofConnection.forEach((name, i) => add(name, ~i))
  return { names, sources }
}

const FIRST_OPTIONAL = REQUEST_VARS.findIndex(name => OPTIONAL.has(name))

function variables ({ text, at, count, settings }: HeadView): Variables {
  const ofConnection = settings.constants.names
  let common = commonOf.get(ofConnection)
  if (common === undefined) commonOf.set(ofConnection, common = commonVariables(ofConnection))
  const names = common.names.slice()
  const sources = common.sources.slice()
  const ids = idsOf(at, count)
  for (let i = FIRST_OPTIONAL; i < count; i++) {
    const id = ids[i]!
    if (id >= NAMES.length) continue // on the wire, but no variable: dropped, or part of a joined one
    names.push(id === 0 ? variableOf(keyAt(text, at + RECORD_WORDS * i)) : NAMES[id]!)
    sources.push(i)
  }
  return { names, sources }
}

function fields ({ text, at, facts }: HeadView): Array<[name: string, value: string]> {
  const first = at + RECORD_WORDS * REQUEST_VARS.length
  return Array.from({ length: Math.floor(facts / FACT_FIELD_LINES) }, (_, i) => {
    const record = first + RECORD_WORDS * i
    return [keyAt(text, record), valueAt(text, record)]
  })
}

function find ({ text, at, settings, learned }: HeadView, name: string, variables: () => Variables): Found | undefined {
  const { names, sources } = learned ?? variables()
  const i = names.indexOf(name)
  if (i < 0) return undefined
  const source = sources[i]!
  const value = source < 0 ? settings.constants.values[~source]! : valueAt(text, at + RECORD_WORDS * source)
  return { value, source, joined: false }
}

const TOLD: readonly Told[] = [
  { name: 'REQUEST_METHOD', source: REQUEST_VARS.indexOf('REQUEST_METHOD'), values: METHODS, shift: Math.log2(FACT_METHOD), mask: 0xFF },
  { name: 'SERVER_PROTOCOL', source: REQUEST_VARS.indexOf('SERVER_PROTOCOL'), values: ['HTTP/1.0', 'HTTP/1.1'], shift: Math.log2(FACT_MINOR), mask: 1 }
]

/** @internal */
export const HTTP: HeadProtocol = {
  name: 'http',
  decode: decodeRequestHead,
  decodeHead: decodeHttpHead,
  modifier1: () => 0,
  modifier2: () => 0,
  told: TOLD,
  repeatsNames: false, // native code has joined what came again
  keepAlive: facts => (facts & FACT_KEEP_ALIVE) !== 0,
  expectContinue: facts => (facts & FACT_EXPECT_CONTINUE) !== 0,
  isChunked: facts => (facts & FRAMING_BITS) === FRAMING_CHUNKED,
  wantsUpgrade: facts => (facts & FACT_UPGRADE) !== 0,
  constants: settings => settings.constants.values,
  variables,
  fields,
  find
}
