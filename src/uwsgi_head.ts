// The head of a uwsgi packet: its variables pass through as they are, and several may have one name.
import { checkReadable } from './bytes.js'
import { binding } from './engine.js'
import { repeated, type Variables } from './environ.js'
import { ProtocolError } from './errors.js'
import { type Found, Head, notDecoded, type RequestHead } from './head.js'
import { findKey, keysOf, RECORD_WORDS, valueAt } from './head_index.js'
import { WORD_OUTCOME } from './layout.js'
import { apply, type Settings } from './limits.js'

const { slab } = binding
const NO_CONSTANTS: readonly string[] = []
const positions: number[] = []

/** 0, 1, 2, ... `count - 1`. */
function positionsUpTo (count: number): number[] {
  while (positions.length < count) positions.push(positions.length)
  return positions
}

/** Decodes the uwsgi packet at the start of `bytes`; null when it is not complete yet. @internal */
export function decodePacketHead (bytes: Uint8Array, settings: Settings): UwsgiHead | null {
  apply(settings)
  checkReadable(bytes)
  const text = binding.decodePacket(bytes)
  if (slab[WORD_OUTCOME] !== 1) return notDecoded(bytes)
  const head = new UwsgiHead(bytes, text, settings)
  if (settings.duplicates === 'refuse') head.refuseRepeated()
  return head
}

/** @internal */
export class UwsgiHead extends Head {
  get protocol (): 'uwsgi' { return 'uwsgi' }
  get modifier1 (): number { return this.facts & 0xFF }
  get modifier2 (): number { return this.facts >>> 8 }
  get keepAlive (): boolean { return false }
  get expectContinue (): boolean { return false }
  get upgrade (): undefined { return undefined }

  protected override get constants (): readonly string[] { return NO_CONSTANTS }

  protected override decode (bytes: Uint8Array): string | undefined {
    return binding.decodePacket(bytes)
  }

  protected override decodeWhole (bytes: Uint8Array): RequestHead | null {
    return decodePacketHead(bytes, this.settings)
  }

  protected override variablesOf (text: string, at: number): Variables {
    const names = keysOf(text, at, this.count)
    return { names, sources: positionsUpTo(names.length) }
  }

  fields (): Array<[name: string, value: string]> {
    const text = this.text()
    const at = this.index()
    const keys = this.learnedVariables?.names ?? keysOf(text, at, this.count)
    return keys.map((key, i) => [key, valueAt(text, at + RECORD_WORDS * i)])
  }

  /** For `duplicates: 'refuse'`: an HTTP_* variable that comes again is refused where its second key stands. */
  refuseRepeated (): void {
    if (this.hasDistinctNames) return
    const seen = new Set<string>()
    const at = this.index()
    for (const [i, key] of keysOf(this.text(), at, this.count).entries()) {
      if (key.startsWith('HTTP_') && seen.has(key)) throw new ProtocolError('ERR_UWSGI_DUPLICATE_VAR', slab[at + RECORD_WORDS * i]!)
      seen.add(key)
    }
  }

  /** All values of one name as one. */
  protected override find (name: string): Found | undefined {
    const text = this.text()
    const at = this.index()
    let position = findKey(text, name, at, this.count, 0)
    if (position < 0) return undefined
    const found = { value: valueAt(text, at + RECORD_WORDS * position), joined: false, source: position }
    while ((position = findKey(text, name, at, this.count, position + 1)) >= 0) {
      const later = valueAt(text, at + RECORD_WORDS * position)
      found.value = repeated(name, found.value, later, this.settings.duplicates)
      found.joined = found.value.length > later.length
      found.source = position
    }
    return found
  }
}
