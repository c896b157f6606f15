// The parts of an encoder: pieces of text, joined to one string here and told apart in native code by their lengths in the slab.
// The lengths form a stack: a getter of the caller's object may encode something else while its own encoder is still collecting.
import { binding } from './engine.js'
import { rangeError, typeError } from './errors.js'
import { FAULT_NOT_LATIN1, PARTS_START, PARTS_WORDS, WORD_FAULT, WORD_PART_COUNT, WORD_PARTS_AT, WORD_TEXT_IS_LATIN1 } from './layout.js'

const { slab } = binding

let used = 0

/** How many lengths are in use: where the next encoder begins. @internal */
export function partsUsed (): number {
  return used
}

/** Forgets the lengths from `at` on. @internal */
export function releaseParts (at: number): void {
  used = at
}

/** Notes the length of one part; the caller keeps the text. @internal */
export function addPart (part: string): void {
  if (typeof part !== 'string') throw typeError('ERR_INVALID_ARG_TYPE', `names and values have to be strings, not ${typeof part}`)
  if (used === PARTS_WORDS) throw rangeError('ERR_OUT_OF_RANGE', 'too many parts in encoders that were started inside one another')
  slab[PARTS_START + used++] = part.length
}

/** Reading more text as UTF-16 costs more than to look through it first. */
const SHORT_TEXT = 1024
// Against a one-byte string this expression cannot match, and V8 knows that without looking at the characters.
const BEYOND_LATIN1 = /[^\u0000-\u00FF]/ // oxlint-disable-line no-control-regex

function notLatin1 (): RangeError {
  return rangeError('ERR_NOT_LATIN1', 'a name or value has a character above U+00FF; encode text to bytes first')
}

/** To be called before native code reads text, which looks for characters above U+00FF itself where that is cheaper. @internal */
export function announceText (text: string): void {
  const long = text.length > SHORT_TEXT
  if (long && BEYOND_LATIN1.test(text)) throw notLatin1()
  slab[WORD_TEXT_IS_LATIN1] = long ? 1 : 0
}

/** Throws when native code has found a character above U+00FF in the text that it was given. @internal */
export function checkLatin1 (): void {
  if (slab[WORD_FAULT] === FAULT_NOT_LATIN1) throw notLatin1()
}

/** Tells native code which lengths are meant. @internal */
export function handOver (at: number): void {
  slab[WORD_PARTS_AT] = at
  slab[WORD_PART_COUNT] = used - at
}
