// What clients sent, from captured IP packets (RFC 791, RFC 8200, RFC 9293): the pieces of each connection put together, in their order, and
// the datagrams of UDP. Knows no protocol above these.

export interface Flow {
  /** As '192.0.2.1:40000 > 192.0.2.2:3031'; with what is missing. */
  readonly name: string
  readonly bytes: Uint8Array
}

interface Packet {
  readonly from: string
  readonly to: string
  /** undefined: UDP. */
  readonly tcp: { readonly sequence: number, readonly isOpening: boolean, readonly isAnswer: boolean } | undefined
  readonly payload: Uint8Array
}

interface Segment {
  readonly sequence: number
  readonly payload: Uint8Array
}

interface Direction {
  readonly name: string
  /** Number of the first byte. */
  first: number | undefined
  /** Whether it is the side that has opened the connection, or else spoken first. */
  isClient: boolean
  readonly segments: Segment[]
}

const TCP = 6
const UDP = 17
const SYN = 2
const ACK = 16
/** Headers of link layers: their bytes, and where the type of what follows stands. Ethernet; Linux cooked, both versions (tcpdump -i any). */
const LINKS = [{ length: 14, typeAt: 12 }, { length: 16, typeAt: 14 }, { length: 20, typeAt: 0 }]
const IPV4_TYPE = 0x0800
const IPV6_TYPE = 0x86DD

const pair = (bytes: Uint8Array, at: number): number => bytes[at]! << 8 | bytes[at + 1]!

/** Where the IP header begins: at once, or behind a link layer (tcpdump -xx). */
function ipStart (bytes: Uint8Array): number | undefined {
  const isIp = (at: number): boolean => {
    const version = bytes[at]! >> 4
    return (version === 4 && (bytes[at]! & 15) >= 5 && bytes.length >= at + 20) || (version === 6 && bytes.length >= at + 40)
  }
  const link = LINKS.find(({ length, typeAt }) => bytes.length > length && [IPV4_TYPE, IPV6_TYPE].includes(pair(bytes, typeAt)) && isIp(length))
  return link?.length ?? (isIp(0) ? 0 : undefined)
}

function ipv6 (bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => pair(bytes, 2 * i).toString(16))
  return `[${groups.join(':').replace(/\b0(?::0)+\b/, ':').replace(/:{3,}/, '::')}]`
}

/** A packet of TCP or UDP. undefined: something else, or cut off before its payload. */
function readPacket (frame: Uint8Array): Packet | undefined {
  const start = ipStart(frame)
  if (start === undefined) return undefined
  const ip = frame.subarray(start)
  const isV4 = ip[0]! >> 4 === 4
  const header = isV4 ? (ip[0]! & 15) * 4 : 40
  const protocol = isV4 ? ip[9]! : ip[6]!
  // What is behind the length is padding of the link layer.
  const transport = ip.subarray(header, isV4 ? pair(ip, 2) : 40 + pair(ip, 4))
  const address = (at: number): string => isV4 ? ip.subarray(at, at + 4).join('.') : ipv6(ip.subarray(at, at + 16))
  if (transport.length < (protocol === TCP ? 20 : 8) || (protocol !== TCP && protocol !== UDP)) return undefined
  const from = `${address(isV4 ? 12 : 8)}:${pair(transport, 0)}`
  const to = `${address(isV4 ? 16 : 24)}:${pair(transport, 2)}`
  if (protocol === UDP) return { from, to, tcp: undefined, payload: transport.subarray(8) }
  const flags = transport[13]!
  const isOpening = (flags & SYN) !== 0
  const sequence = pair(transport, 4) * 0x10000 + pair(transport, 6)
  return { from, to, tcp: { sequence, isOpening, isAnswer: isOpening && (flags & ACK) !== 0 }, payload: transport.subarray((transport[12]! >> 4) * 4) }
}

/** How far a byte of the stream is from another one: numbers begin again behind 2^32. */
const distance = (from: number, to: number): number => (to - from) | 0

function joined ({ name, first, segments }: Direction): Flow {
  const start = first ?? segments.reduce((least, { sequence }) => distance(least, sequence) < 0 ? sequence : least, segments[0]!.sequence)
  const ordered = segments.map(({ sequence, payload }) => ({ at: distance(start, sequence), payload })).sort((a, b) => a.at - b.at)
  const pieces: Uint8Array[] = []
  let length = 0
  for (const { at, payload } of ordered) {
    if (at > length) return { name: `${name}, of which ${at - length} bytes were not captured from byte ${length} on`, bytes: Buffer.concat(pieces) }
    const fresh = payload.subarray(length - at) // the rest has come before
    pieces.push(fresh)
    length += fresh.length
  }
  return { name, bytes: Buffer.concat(pieces) }
}

/** What clients sent on each connection, in the order in which they began. undefined: these are no IP packets. */
export function clientFlows (frames: readonly Uint8Array[]): readonly Flow[] | undefined {
  const packets = frames.map(readPacket)
  if (packets.every(packet => packet === undefined)) return undefined
  const current = new Map<string, Direction>()
  const all: Array<Direction | Flow> = []
  for (const packet of packets) {
    if (packet === undefined) continue
    const { from, to, tcp, payload } = packet
    const name = `${from} > ${to}`
    if (tcp === undefined) {
      all.push({ name, bytes: payload })
      continue
    }
    const { sequence, isOpening, isAnswer } = tcp
    const first = isOpening ? (sequence + 1) >>> 0 : undefined
    let direction = current.get(name)
    // Ports may be used again; the same opening once more is a repetition.
    if (direction === undefined || (first !== undefined && direction.first !== first)) {
      const other = current.get(`${to} > ${from}`)
      const isClient = first !== undefined ? !isAnswer : payload.length > 0 && other?.isClient !== true
      direction = { name, first, isClient, segments: [] }
      current.set(name, direction)
      if (first !== undefined && !isAnswer) current.delete(`${to} > ${from}`)
      all.push(direction)
    }
    // A capture that began within a connection: who speaks first asks.
    if (payload.length > 0 && direction.first === undefined && current.get(`${to} > ${from}`)?.isClient !== true) direction.isClient = true
    if (payload.length > 0) direction.segments.push({ sequence, payload })
  }
  return all.flatMap(one => 'bytes' in one ? [one] : one.isClient && one.segments.length > 0 ? [joined(one)] : [])
}
