// Reading the head index in the slab: one record of four words for each variable (native/core/head_index.h draws it).
// Strings are cut from the head's one latin-1 string. Knows no policy: what a repeated variable means is decided in environ.ts.
import { binding } from './engine.js'
import { NAMES } from './layout.js'

/** Words of one record. */
export const RECORD_WORDS = 4

const { slab } = binding
const ids: ReadonlyMap<string, number> = new Map(NAMES.map((name, id) => [name, id]))

/** The key of the record at word `at`: a well-known name without making a string, another one cut from `text`. */
export function keyAt (text: string, at: number): string {
  const word = slab[at]!
  const id = word >>> 16
  if (id !== 0) return NAMES[id]!
  const start = slab[at + 1]!
  return text.slice(start, start + (word & 0xFFFF))
}

/** The value of the record at word `at`. */
export function valueAt (text: string, at: number): string {
  return text.slice(slab[at + 2], slab[at + 3])
}

/** The word of the first record with this key from word `from` on, before word `end`; -1 when there is none. */
export function findKey (text: string, name: string, from: number, end: number): number {
  const id = ids.get(name)
  if (id !== undefined && id !== 0) {
    for (let at = from; at < end; at += RECORD_WORDS) if (slab[at]! >>> 16 === id) return at
    return -1
  }
  for (let at = from; at < end; at += RECORD_WORDS) {
    if (slab[at] === name.length && text.startsWith(name, slab[at + 1])) return at
  }
  return -1
}
