// Examines the bytes of one uwsgi packet: the verdict of the codec, and where everything stands. Facts only: how they are printed,
// annotate_packet.ts and facts_json.ts know. There is no second parser here. Pairs and items are contiguous, so offsets follow from their
// lengths, and what can be read of a refused or cut packet is decoded by the same codec, from a copy that ends where the fault is.
import { decodeUwsgi, decodeUwsgiArray, ProtocolError, requestModifiers, type RequestHead } from '../index.js'
import { attempt } from './attempt.js'
import type { Header, Item, PacketExamination, PacketFacts, Range, Var, Verdict } from './facts.js'
import { type Hint, plainText, recognise, swappedDatasize, swappedLength } from './hints.js'
import { describeModifiers } from './modifiers.js'
import { warningsOf } from './warnings.js'

const HEADER_BYTES = 4

type Pair = readonly [key: string, value: string | undefined]

// In copies: a modifier1 that frames no content, so that CONTENT_LENGTH is not looked at; and as many variables as a block can hold.
const NOT_A_REQUEST = 17
const MAX_BLOCK_BYTES = 65535
const generous = { limits: { maxVars: 13107 } }

function packetOf (block: Uint8Array): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + block.length)
  packet.set([NOT_A_REQUEST, block.length & 0xFF, block.length >> 8, 0])
  packet.set(block, HEADER_BYTES)
  return packet
}

/** The pairs before the fault of a refused or cut block that ends at `end`. A key whose value is at fault comes with undefined. */
function salvagePairs (bytes: Uint8Array, end: number): Pair[] {
  const whole = attempt(() => decodeUwsgi(packetOf(bytes.subarray(HEADER_BYTES, end)), generous))
  if (!(whole instanceof ProtocolError)) return whole!.fields()
  const sound = bytes.subarray(HEADER_BYTES, whole.offset)
  const keyOnly = whole.code === 'ERR_UWSGI_VALUE_OVERRUN' || whole.code === 'ERR_UWSGI_VALUE_LENGTH_TRUNCATED'
  // These two stand right behind a key: with a length of zero the block is sound again.
  const mended = keyOnly ? Buffer.concat([sound, Buffer.alloc(2)]) : sound
  if (mended.length > MAX_BLOCK_BYTES) return []
  const pairs: Pair[] = decodeUwsgi(packetOf(mended), generous)!.fields()
  if (keyOnly) pairs.push([pairs.pop()![0], undefined])
  return pairs
}

function salvageItems (bytes: Uint8Array, end: number): Uint8Array[] {
  const whole = attempt(() => decodeUwsgiArray(packetOf(bytes.subarray(HEADER_BYTES, end))))
  if (!(whole instanceof ProtocolError)) return whole!.items
  return decodeUwsgiArray(packetOf(bytes.subarray(HEADER_BYTES, whole.offset)))!.items
}

/** Where pairs stand: one after the other, each with two bytes of length before key and value. */
function locatePairs (pairs: readonly Pair[]): Var[] {
  let offset = HEADER_BYTES
  return pairs.map(([key, value]) => {
    const keyOffset = offset + 2
    const end = keyOffset + key.length
    const valueOffset = value === undefined ? undefined : end + 2
    const length = (value === undefined ? end : end + 2 + value.length) - offset
    const located = { offset, length, key, keyOffset, value, valueOffset }
    offset += length
    return located
  })
}

function locateItems (items: readonly Uint8Array[]): Item[] {
  let offset = HEADER_BYTES
  return items.map((item) => {
    const located = { offset, length: 2 + item.length, value: Buffer.from(item).toString('latin1'), valueOffset: offset + 2 }
    offset += located.length
    return located
  })
}

function readHeader (bytes: Uint8Array): Header {
  const [modifier1, low, high, modifier2] = bytes as unknown as [number, number, number, number]
  const { modifier2: modifier2Meaning, ...rest } = describeModifiers(modifier1, modifier2)
  return { modifier1, datasize: low | high << 8, modifier2, modifier2Meaning, request: requestModifiers.has(modifier1), ...rest }
}

const OVERRUNS: readonly string[] = ['ERR_UWSGI_KEY_OVERRUN', 'ERR_UWSGI_VALUE_OVERRUN', 'ERR_UWSGI_ITEM_OVERRUN']

function overrunOf (bytes: Uint8Array, packetEnd: number, error: ProtocolError | undefined): PacketFacts['overrun'] {
  if (error === undefined || !OVERRUNS.includes(error.code)) return undefined
  const at = error.offset
  return { announced: bytes[at]! | bytes[at + 1]! << 8, left: packetEnd - at - 2 }
}

function hintsOf (bytes: Uint8Array, total: number, header: Header, verdict: Verdict, overrun: PacketFacts['overrun']): Hint[] {
  // Variables or items that decode are proof enough; anything goes for a payload without structure.
  const other = verdict === 'accepted' && header.payload !== 'raw' ? undefined : recognise(bytes, 'uwsgi')
  if (other !== undefined) return [other]
  const text = verdict === 'accepted' ? undefined : plainText(bytes)
  if (text !== undefined) return [text]
  let swapped: Hint | undefined
  if (verdict === 'incomplete') swapped = swappedDatasize(bytes, total)
  if (overrun !== undefined) swapped = swappedLength(overrun.announced, overrun.left)
  return swapped === undefined ? [] : [swapped]
}

function behind (offset: number, total: number): Range | undefined {
  return total > offset ? { offset, length: total - offset } : undefined
}

function tooShort (total: number): PacketExamination {
  return {
    protocol: 'uwsgi', verdict: 'incomplete', header: undefined, vars: [], items: [], raw: undefined, content: undefined, rest: undefined,
    incomplete: { have: total, need: HEADER_BYTES }, error: undefined, overrun: undefined, hints: [], warnings: []
  }
}

/**
 * Examines the packet at the start of `bytes`, which are the first of `total`. With `auto`, what begins like another protocol and is no
 * uwsgi packet is `foreign`; without, the verdict is that of the codec and the other protocol is only a hint.
 */
export function examinePacket (bytes: Uint8Array, total: number, auto: boolean): PacketExamination {
  if (bytes.length < HEADER_BYTES) return tooShort(total)
  const header = readHeader(bytes)
  const packetEnd = HEADER_BYTES + header.datasize
  const readEnd = Math.min(packetEnd, bytes.length)
  const decoded = header.payload === 'vars'
    ? attempt(() => decodeUwsgi(bytes))
    : header.payload === 'array'
      ? attempt(() => decodeUwsgiArray(bytes))
      : null
  const error = decoded instanceof ProtocolError ? decoded : undefined
  const codecVerdict: Verdict = error !== undefined ? 'refused' : readEnd < packetEnd ? 'incomplete' : 'accepted'
  const head = decoded !== null && 'framing' in decoded ? decoded : undefined

  const overrun = overrunOf(bytes, packetEnd, error)
  const hints = hintsOf(bytes, total, header, codecVerdict, overrun)
  const foreign = auto && hints.some(({ code }) => code !== 'BIG_ENDIAN')
  const vars = header.payload === 'vars' && !foreign ? locatePairs(head?.fields() ?? salvagePairs(bytes, readEnd)) : []
  const items = header.payload === 'array' && !foreign ? locateItems(salvageItems(bytes, readEnd)) : []
  const structured = header.payload === 'vars' || header.payload === 'array'

  const accepted = codecVerdict === 'accepted' && !foreign
  const content = accepted && header.request ? contentOf(head!, total) : undefined
  const facts: PacketFacts = {
    protocol: 'uwsgi',
    verdict: foreign ? 'foreign' : codecVerdict,
    header,
    vars,
    items,
    raw: structured || foreign || readEnd === HEADER_BYTES ? undefined : { offset: HEADER_BYTES, length: readEnd - HEADER_BYTES },
    content,
    rest: accepted ? behind(content === undefined ? packetEnd : content.offset + content.present, total) : undefined,
    incomplete: codecVerdict === 'incomplete' ? { have: total, need: packetEnd } : undefined,
    error,
    overrun,
    hints
  }
  return { ...facts, warnings: foreign ? [] : warningsOf(facts, head) }
}

function contentOf (head: RequestHead, total: number): { offset: number, announced: number, present: number } {
  const announced = head.framing.kind === 'length' ? head.framing.length : 0
  return { offset: head.byteLength, announced, present: Math.min(announced, total - head.byteLength) }
}
