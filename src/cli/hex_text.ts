// Bytes that somebody has as text: dumps of xxd, hexdump, od and tcpdump, plain hex, and strings with escapes. Tells them from bytes as they
// are by their form alone; knows no protocol.
import { Complaint } from './complaint.js'
import { unescaped } from './escaped_text.js'

/** What input may be. `hex`: any of the dumps, or digits. */
export const INPUT_FORMATS = ['auto', 'raw', 'hex', 'string'] as const
export type InputFormat = (typeof INPUT_FORMATS)[number]

export interface Decoded {
  /** What it was read as, for people. */
  readonly format: string
  /** One for each dump: where offsets begin at 0 again, another one begins. */
  readonly parts: readonly Uint8Array[]
}

/** A line of a dump: its offset, and its bytes in units. */
interface Form {
  readonly name: string
  readonly line: RegExp
  readonly toBytes: (units: string) => number[]
  /** Whether lines between dumps, or before them, say something else. */
  readonly hasOthers?: boolean
}

const hexBytes = (units: string): number[] => [...Buffer.from(units.replace(/\s+/g, ''), 'hex')]
/** Words of 16 bits, low byte first: how hexdump and od show them on all but a few machines. */
const words = (radix: number) => (units: string): number[] => units.trim().split(/ +/).flatMap(word => {
  const number = parseInt(word, radix)
  return [number & 0xFF, number >> 8]
})

const FORMS: readonly Form[] = [
  { name: 'tcpdump', line: /^\s+0x([0-9a-f]{4,}): {1,2}((?:[0-9a-f]{2}){1,2}(?: (?:[0-9a-f]{2}){1,2})*)(?: {2}.*|\s*)$/i, toBytes: hexBytes, hasOthers: true },
  { name: 'xxd', line: /^([0-9a-f]{6,}): ((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?: {2}.*|\s*)$/i, toBytes: hexBytes },
  { name: 'hexdump -C', line: /^([0-9a-f]{8,}) {2}((?:[0-9a-f]{2} {1,2})*[0-9a-f]{2})(?: +\|.*|\s*)$/i, toBytes: hexBytes },
  { name: 'od -t x1', line: /^([0-9a-f]{6,})((?: [0-9a-f]{2})+)(?: *>.*<)?\s*$/i, toBytes: hexBytes },
  { name: 'hexdump', line: /^([0-9a-f]{6,})((?: {1,4}[0-9a-f]{4})+)\s*$/i, toBytes: words(16) },
  { name: 'od', line: /^([0-7]{6,})((?: [0-7]{6})+)\s*$/, toBytes: words(8) },
  { name: 'Wireshark', line: /^([0-9a-f]{4,8}) {2,3}([0-9a-f]{2}(?: {1,2}[0-9a-f]{2})*)(?: {2,}.*|\s*)$/i, toBytes: hexBytes }
]

/** The last line of hexdump and od: where the end is. */
const END = /^[0-9a-f]{6,}\s*$/i
/** As many lines as needed of the one before. */
const REPEATED = '*'

interface DumpLine {
  readonly number: number
  readonly offset: string
  readonly bytes: readonly number[]
}

/** The base of offsets: that in which most lines are as long as the offsets of their neighbours say. */
function radixOf (lines: readonly DumpLine[]): number {
  const exact = (radix: number): number => lines.slice(1).filter((next, i) => {
    const surplus = parseInt(next.offset, radix) - parseInt(lines[i]!.offset, radix) - lines[i]!.bytes.length
    return surplus === 0 || (surplus === -1 && next.bytes.length === 0) // half a word may be missing at the end
  }).length
  return [16, 8, 10].map(radix => ({ radix, count: exact(radix) })).reduce((best, one) => one.count > best.count ? one : best).radix
}

/** Whether it is worth looking at all lines. */
function mayBe (text: string, { line, hasOthers = false }: Form): boolean {
  return hasOthers ? /^\s+0x[0-9a-f]{4,}: /im.test(text) : line.test(/^.*$/m.exec(text.trimStart())![0])
}

function dumpsOf (text: string, form: Form): Decoded | undefined {
  if (!mayBe(text, form)) return undefined
  const { name, line, toBytes, hasOthers = false } = form
  const lines = text.split(/\r?\n/)
  const found: DumpLine[] = []
  const repeatedBehind = new Set<DumpLine>()
  for (const [i, one] of lines.entries()) {
    const match = line.exec(one)
    if (match !== null) found.push({ number: i + 1, offset: match[1]!, bytes: toBytes(match[2]!) })
    else if (one.trim() === REPEATED && found.length > 0) repeatedBehind.add(found.at(-1)!)
    else if (END.test(one) && found.length > 0 && !hasOthers) found.push({ number: i + 1, offset: one.trim(), bytes: [] })
    else if (one.trim() !== '' && !hasOthers) return undefined
  }
  if (found.every(({ bytes }) => bytes.length === 0)) return undefined
  const radix = radixOf(found)
  const parts: number[][] = []
  let before: DumpLine | undefined
  for (const one of found) {
    const offset = parseInt(one.offset, radix)
    let part = parts.at(-1)
    if (before !== undefined && part !== undefined && repeatedBehind.has(before)) {
      while (part.length < offset) for (const byte of before.bytes) part.push(byte)
    }
    if (one.bytes.length === 0 && part !== undefined && part.length - offset <= 1) {
      part.length = offset // the last word may have been half a word
    } else if (part === undefined || offset === 0) {
      part = []
      parts.push(part)
    }
    if (offset !== part.length) {
      throw new Complaint(2, `this looks like the output of ${name}, but line ${one.number} does not follow: its offset is ${one.offset}, and ${part.length} bytes ` +
        'stand before it; is a line missing? --input raw reads the text itself')
    }
    for (const byte of one.bytes) part.push(byte)
    before = one
  }
  return { format: name, parts: parts.map(part => Uint8Array.from(part)) }
}

/** Digits with white space, commas, colons or 0x between them, also as source code and as Node prints a Buffer. */
function digits (text: string): Decoded | undefined {
  const braced = /\{([^{}]*)\}/.exec(text)?.[1] // as xxd -i and source code have it
  const buffer = /^\s*<Buffer ([0-9a-f ]*?)( \.\.\. \d+ more bytes?)?>\s*$/i.exec(text)
  if (buffer?.[2] !== undefined) {
    throw new Complaint(2, 'this is a Buffer as Node prints it, which leaves out most of it; print buffer.toString(\'hex\') instead')
  }
  const inner = (buffer?.[1] ?? braced ?? text).replace(/^[\s[]+|[\s\]]+$/g, '')
  const isBytes = /^(?:0x)?[0-9a-f]{1,2}(?:[\s,:-]+(?:0x)?[0-9a-f]{1,2})*,?$/i.test(inner)
  const isRun = /^(?:0x)?[0-9a-f]+(?:\s+[0-9a-f]+)*$/i.test(inner)
  if (!isBytes && !isRun) return undefined
  const all = isBytes ? inner.split(/[\s,:-]+/).filter(Boolean).map(one => one.replace(/^0x/i, '').padStart(2, '0')).join('') : inner.replace(/^0x|\s+/gi, '')
  if (all.length % 2 !== 0) return undefined
  return { format: 'hex', parts: [Uint8Array.from(Buffer.from(all, 'hex'))] }
}

/** Text that is nothing but hexadecimal digits may be a word; bytes of a packet or request have decimal digits among theirs. */
const NO_WORD = /^(?=.*\d)[^]{8,}$/s

function asHex (text: string, isAsked: boolean): Decoded | undefined {
  for (const form of FORMS) {
    const dumps = dumpsOf(text, form)
    if (dumps !== undefined) return dumps
  }
  return isAsked || NO_WORD.test(text.trim()) ? digits(text) : undefined
}

function asString (text: string): Decoded | undefined {
  const bytes = unescaped(text)
  return bytes === undefined ? undefined : { format: 'string', parts: [bytes] }
}

/** What bytes have to be made of to be text. */
const isText = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.every(byte => (byte >= 0x20 && byte <= 0x7E) || (byte >= 9 && byte <= 13))

/** Reads input. `auto`: as text where it has the form of such a text from its first to its last line, else as it is. */
export function decodeInput (bytes: Uint8Array, format: InputFormat): Decoded {
  const raw: Decoded = { format: 'raw', parts: [bytes] }
  if (format === 'raw' || (format === 'auto' && !isText(bytes))) return raw
  const text = Buffer.from(bytes).toString('latin1')
  if (format === 'auto') return asHex(text, false) ?? asString(text) ?? raw
  const decoded = format === 'hex' ? asHex(text, true) : asString(text)
  if (decoded !== undefined) return decoded
  throw new Complaint(2, format === 'hex'
    ? 'this is no hex text: a dump of xxd, hexdump, od or tcpdump -x has nothing but its lines, plain hex an even number of digits'
    : 'this is no string with escapes, such as "\\x00\\x91\\x01" or b\'GET / HTTP/1.1\\r\\n\'')
}
