// Examines what somebody has captured: tells the protocols apart by the first bytes, or reads them as the one that is asked for. What a
// packet or a request is, examine_packet.ts and examine_requests.ts know.
import { examinePacket } from './examine_packet.js'
import { examineRequests } from './examine_requests.js'
import type { PacketExamination } from './facts.js'
import type { RequestsExamination } from './http_facts.js'

export type Examination = PacketExamination | RequestsExamination

/** What to read bytes as. `auto`: as HTTP when they begin like a request and are no uwsgi packet, else as uwsgi. */
export const PROTOCOLS = ['uwsgi', 'http', 'auto'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Examines `bytes`, which are the first of `total`. */
export function examine (bytes: Uint8Array, total: number, protocol: Protocol): Examination {
  if (protocol === 'http') return examineRequests(bytes, total)
  const packet = examinePacket(bytes, total, protocol === 'auto')
  const isHttp = packet.verdict === 'foreign' && packet.hints.some(({ code }) => code === 'HTTP_REQUEST')
  return isHttp ? examineRequests(bytes, total) : packet
}
