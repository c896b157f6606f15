// Examines what somebody has captured: tells the protocols apart by the first bytes, or reads them as the one that is asked for, packet by
// packet and connection by connection. What a packet or a request is, examine_packet.ts and examine_requests.ts know.
import { decodeUwsgi, ProtocolError } from '../index.js'
import { attempt } from './attempt.js'
import { examinePacket } from './examine_packet.js'
import { examineRequests } from './examine_requests.js'
import type { PacketExamination } from './facts.js'
import { recognise } from './hints.js'
import type { RequestsExamination } from './http_facts.js'

export type Examination = PacketExamination | RequestsExamination

/** What to read bytes as. `auto`: as HTTP when they begin like a request and are no uwsgi packet, else as uwsgi. */
export const PROTOCOLS = ['uwsgi', 'http', 'auto'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Bytes that belong together: an input, a dump in it, or what one client sent. */
export interface Part {
  /** What tells it from others of the same input; undefined: it is the only one. */
  readonly name: string | undefined
  /** The first of `total`. */
  readonly bytes: Uint8Array
  readonly total: number
}

/** A packet, or the requests of one connection. Offsets of the examination count from `at`, where it begins in its part. */
export interface Finding {
  readonly part: Part
  readonly at: number
  readonly examination: Examination
  /** Where it ends, when another one begins there. */
  readonly end: number | undefined
}

/** Examines `bytes`, which are the first of `total`. */
export function examine (bytes: Uint8Array, total: number, protocol: Protocol): Examination {
  if (protocol === 'http') return examineRequests(bytes, total)
  const packet = examinePacket(bytes, total, protocol === 'auto')
  const isHttp = packet.verdict === 'foreign' && packet.hints.some(({ code }) => code === 'HTTP_REQUEST')
  return isHttp ? examineRequests(bytes, total) : packet
}

/** Whether bytes behind a packet or request are the beginning of another one, rather than something else. */
function isAnother (bytes: Uint8Array, protocol: Protocol): boolean {
  if (protocol !== 'uwsgi' && recognise(bytes, 'uwsgi')?.code === 'HTTP_REQUEST') return true
  if (protocol === 'http') return false
  if (recognise(bytes, 'http')?.code === 'UWSGI') return true
  const head = attempt(() => decodeUwsgi(bytes))
  return head !== null && !(head instanceof ProtocolError) && head.fields().length > 0
}

/** Where the next one may begin; undefined: what is left is none, or belongs to this one. */
function endOf (examination: Examination): number | undefined {
  if (examination.verdict !== 'accepted' || examination.rest === undefined) return undefined
  if (examination.protocol === 'http') return examination.rest.why === 'closed' ? examination.rest.offset : undefined
  return examination.header?.follows === undefined ? examination.rest.offset : undefined
}

/** Examines a part from its first byte to its last, as far as one thing stands behind the other. */
export function examinePart (part: Part, protocol: Protocol): Finding[] {
  const findings: Finding[] = []
  for (let at: number | undefined = 0; at !== undefined;) {
    const examination = examine(part.bytes.subarray(at), part.total - at, protocol)
    const length = endOf(examination)
    const next: number | undefined = length === undefined ? undefined : at + length
    const end: number | undefined = next !== undefined && next < part.bytes.length && isAnother(part.bytes.subarray(next), protocol) ? next : undefined
    findings.push({ part, at, examination, end })
    at = end
  }
  return findings
}
