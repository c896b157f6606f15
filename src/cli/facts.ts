// The words in which `gatewire inspect` speaks of one uwsgi packet, and those for all that it looks at: types only. Offsets and lengths
// are bytes from the start of the input, text is latin-1, one character for each byte.
import type { ProtocolError } from '../index.js'
import type { Hint } from './hints.js'
import type { Modifier } from './modifiers.js'

/** `incomplete`: more bytes could make it acceptable. `foreign`: another protocol. */
export type Verdict = 'accepted' | 'refused' | 'incomplete' | 'foreign'

export interface Header extends Omit<Modifier, 'modifier2'> {
  readonly modifier1: number
  readonly datasize: number
  readonly modifier2: number
  readonly modifier2Meaning: string | undefined
  /** Whether variables and content of a request are announced. */
  readonly request: boolean
}

/** One variable, its two lengths included. */
export interface Var {
  readonly offset: number
  readonly length: number
  readonly key: string
  readonly keyOffset: number
  /** undefined: the packet is at fault before this value. */
  readonly value: string | undefined
  readonly valueOffset: number | undefined
}

/** One item of an array, its length included. */
export interface Item {
  readonly offset: number
  readonly length: number
  readonly value: string
  readonly valueOffset: number
}

export interface Range {
  readonly offset: number
  readonly length: number
}

/** What the codec and the bytes of a packet say. */
export interface PacketFacts {
  readonly protocol: 'uwsgi'
  readonly verdict: Verdict
  /** undefined: fewer than four bytes. */
  readonly header: Header | undefined
  /** In a refused or incomplete packet: those before the fault. */
  readonly vars: readonly Var[]
  readonly items: readonly Item[]
  /** A payload without structure. */
  readonly raw: Range | undefined
  /** The content of an accepted request. */
  readonly content: { readonly offset: number, readonly announced: number, readonly present: number } | undefined
  /** What stands behind packet and content. */
  readonly rest: Range | undefined
  /** For an incomplete packet: bytes there are, bytes it takes as far as that is known. */
  readonly incomplete: { readonly have: number, readonly need: number } | undefined
  readonly error: ProtocolError | undefined
  /** When a length leaves its block: what it announces, and how many bytes are left behind it. */
  readonly overrun: { readonly announced: number, readonly left: number } | undefined
  readonly hints: readonly Hint[]
}

export interface Warning {
  readonly code:
    | 'OVER_4096_BYTES' | 'OVER_128_VARS' | 'REQUEST_METHOD_MISSING' | 'REQUEST_METHOD_NOT_A_TOKEN'
    | 'TRANSFER_ENCODING' | 'REPEATED_VAR' | 'ACTED_ON' | 'CONTENT_SHORT' | 'BYTES_AFTER_CONTENT' | 'PAYLOAD_UNEXPECTED'
    | 'FIELD_DROPPED'
  readonly message: string
  /** Byte offset of what it is about; undefined when it is about something that is missing. */
  readonly offset: number | undefined
}

/** What to think of the facts. */
export interface Remarks {
  readonly hints: readonly Hint[]
  readonly warnings: readonly Warning[]
}

export interface PacketExamination extends PacketFacts, Remarks {}
