// The head of a uwsgi packet: its variables pass through as they are, and several may have one name.
import { binding } from './engine.js'
import { repeated } from './environ.js'
import { ProtocolError } from './errors.js'
import { type Found, Head, type HeadProtocol, type HeadView, notDecoded } from './head.js'
import { findKey, keysOf, RECORD_WORDS, valueAt } from './head_index.js'
import { WORD_OUTCOME } from './layout.js'
import { apply, type Settings } from './limits.js'

const { decodePacket, slab } = binding
const NO_CONSTANTS: readonly string[] = []
const positions: number[] = []

/** 0, 1, 2, ... `count - 1`. */
function positionsUpTo (count: number): number[] {
  while (positions.length < count) positions.push(positions.length)
  return positions
}

/** Decodes the uwsgi packet at the start of bytes that checkReadable has accepted; null when it is not complete yet. @internal */
export function decodePacketHead (bytes: Uint8Array, settings: Settings): Head | null {
  apply(settings)
  const text = decodePacket(bytes)
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  const head = new Head(bytes, text, settings, UWSGI)
  if (settings.duplicates === 'refuse' && !head.hasDistinctNames) refuseRepeated(head.view())
  return head
}

/** For `duplicates: 'refuse'`: an HTTP_* variable that comes again is refused where its second key stands. */
function refuseRepeated ({ text, at, count }: HeadView): void {
  const seen = new Set<string>()
  for (const [i, key] of keysOf(text, at, count).entries()) {
    if (key.startsWith('HTTP_') && seen.has(key)) throw new ProtocolError('ERR_UWSGI_DUPLICATE_VAR', slab[at + RECORD_WORDS * i]!)
    seen.add(key)
  }
}

/** All values of one name as one. */
function find ({ text, at, count, settings }: HeadView, name: string): Found | undefined {
  let position = findKey(text, name, at, count, 0)
  if (position < 0) return undefined
  const found = { value: valueAt(text, at + RECORD_WORDS * position), joined: false, source: position }
  while ((position = findKey(text, name, at, count, position + 1)) >= 0) {
    const later = valueAt(text, at + RECORD_WORDS * position)
    found.value = repeated(name, found.value, later, settings.duplicates)
    found.joined = found.value.length > later.length
    found.source = position
  }
  return found
}

const UWSGI: HeadProtocol = {
  name: 'uwsgi',
  repeatsNames: true,
  told: [],
  decode: decodePacket,
  decodeHead: decodePacketHead,
  modifier1: facts => facts & 0xFF,
  modifier2: facts => facts >>> 8,
  keepAlive: () => false,
  expectContinue: () => false,
  isChunked: () => false,
  wantsUpgrade: () => false,
  constants: () => NO_CONSTANTS,
  variables: ({ text, at, count }) => ({ names: keysOf(text, at, count), sources: positionsUpTo(count) }),
  fields: ({ text, at, count, learned }) => {
    const names = learned?.names ?? keysOf(text, at, count)
    return names.map((name, i) => [name, valueAt(text, at + RECORD_WORDS * i)])
  },
  find
}
