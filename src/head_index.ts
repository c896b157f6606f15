// Reading the head index in the slab: a record of four words for each variable, and behind the records one byte each for the ids of
// well-known names (native/core/head_index.h). Strings are cut from the head's one latin-1 string. Knows no policy: what a repeated
// variable means is decided in environ.ts.
import { binding } from './engine.js'
import { NAMES } from './layout.js'

/** Words of one record: offset and length of the key, offset and end of the value. @internal */
export const RECORD_WORDS = 4

const { slab } = binding
const slabBytes = new Uint8Array(slab.buffer, slab.byteOffset, slab.byteLength)
const ids: ReadonlyMap<string, number> = new Map(NAMES.map((name, id) => [name, id]))

/** The key of the record at word `at`, cut from `text`. @internal */
export function keyAt (text: string, at: number): string {
  const start = slab[at]!
  return text.slice(start, start + slab[at + 1]!)
}

/** The value of the record at word `at`, cut from `text`. @internal */
export function valueAt (text: string, at: number): string {
  return text.slice(slab[at + 2], slab[at + 3])
}

/** The ids of the records of an index of `count` records from word `at` on. @internal */
export function idsOf (at: number, count: number): Uint8Array {
  const first = 4 * (at + RECORD_WORDS * count)
  return slabBytes.subarray(first, first + count)
}

/** The keys of an index of `count` records from word `at` on, well-known ones without making a string. @internal */
export function keysOf (text: string, at: number, count: number): string[] {
  const firstId = 4 * (at + RECORD_WORDS * count)
  const keys: string[] = []
  for (let i = 0; i < count; i++) {
    const id = slabBytes[firstId + i]!
    keys[i] = id === 0 ? keyAt(text, at + RECORD_WORDS * i) : NAMES[id]!
  }
  return keys
}

/** The position of the first record with this key from position `from` on; -1 when there is none. @internal */
export function findKey (text: string, name: string, at: number, count: number, from: number): number {
  const id = ids.get(name) ?? 0
  if (id !== 0) {
    const firstId = 4 * (at + RECORD_WORDS * count)
    for (let i = from; i < count; i++) if (slabBytes[firstId + i] === id) return i
    return -1
  }
  for (let i = from; i < count; i++) {
    const record = at + RECORD_WORDS * i
    if (slab[record + 1] === name.length && text.startsWith(name, slab[record])) return i
  }
  return -1
}
