// The words in which `gatewire inspect` speaks of HTTP/1.x requests: types only. Offsets and lengths are bytes from the start of the input,
// text is latin-1, one character for each byte.
import type { Framing, ProtocolError } from '../index.js'
import type { Range, Remarks, Verdict } from './facts.js'

/** Bytes, and where they stand. */
export interface Part extends Range {
  readonly value: string
}

/** The request line, CR LF included. */
export interface RequestLine extends Range {
  readonly method: Part
  readonly target: Part
  readonly version: Part
}

/** One line of a field section, CR LF included; the value without white space around it. */
export interface Line extends Range {
  readonly name: string
  readonly nameOffset: number
  readonly value: string
  readonly valueOffset: number
}

/**
 * Why a field becomes no variable: its name has `_`; it is Proxy; it says how the content ends (Transfer-Encoding); it is Host, and the
 * target has an authority of its own.
 */
export type NoVariable = 'underscore' | 'proxy' | 'framing' | 'replaced'

export interface Field extends Line {
  /** The variable of the environ that it becomes, or is a part of. */
  readonly variable: string | undefined
  readonly noVariable: NoVariable | undefined
  /** In an accepted head: offsets of all lines that become this variable, when there are several. */
  readonly joined: readonly number[]
}

/** A chunk: its size line, its data, the line ends behind both. */
export interface Chunk extends Range {
  /** Size and extensions as they were sent. */
  readonly line: string
  readonly size: number
  readonly dataOffset: number
  /** How many bytes of the data are there. */
  readonly present: number
}

export interface Content extends Range {
  /** By Content-Length; undefined: chunked. */
  readonly announced: number | undefined
  /** Bytes of content that are there, without what chunked coding adds. */
  readonly present: number
  readonly complete: boolean
  readonly chunks: readonly Chunk[]
  readonly trailers: readonly Line[]
}

/** What an accepted head says. */
export interface HeadFacts {
  readonly framing: Framing
  readonly keepAlive: boolean
  readonly expectContinue: boolean
  readonly upgrade: string | undefined
  readonly environ: Readonly<Record<string, string>>
  /** The uwsgi packet that it would become: bytes of its vars block, and variables. undefined: they are more than a packet can hold. */
  readonly packet: { readonly datasize: number, readonly vars: number } | undefined
}

export interface Request extends Range {
  /** `accepted`: its head is. Content may be missing. */
  readonly verdict: Exclude<Verdict, 'foreign'>
  /** undefined: at fault, or not complete. */
  readonly requestLine: RequestLine | undefined
  /** Of a head that is refused or incomplete: those before the fault. */
  readonly fields: readonly Field[]
  readonly head: HeadFacts | undefined
  readonly content: Content | undefined
}

/** Where a refusal stands. */
export interface Fault {
  readonly error: ProtocolError
  /** The line, its end included, as far as it is there. */
  readonly line: Part
}

/** What the codec says of one direction of an HTTP/1.x connection. */
export interface RequestsExamination extends Remarks {
  readonly protocol: 'http'
  readonly verdict: Exclude<Verdict, 'foreign'>
  /** One behind the other; only the last may be refused or incomplete. */
  readonly requests: readonly Request[]
  readonly fault: Fault | undefined
  /** What is not parsed, and why: the connection closes, or changes its protocol; it was not read; an empty line that nothing follows. */
  readonly rest: Range & { readonly why: 'closed' | 'upgrade' | 'unread' | 'empty line' } | undefined
}
