// Response heads for applications: status and headers to bytes. Grammar only: which headers a server may send, and how content is
// framed, is the server's to decide.
import { STATUS_CODES } from 'node:http'
import { binding } from './engine.js'
import { rangeError, typeError, type UsageErrorCode } from './errors.js'
import { Filling, Forms } from './forms.js'
import { MAX_BLOCK_BYTES, WORD_FAULT, WORD_FAULT_PART, WORD_WRITTEN } from './layout.js'
import { cutRoom, takeRoom } from './output_memory.js'
import { checkLatin1, partsUsed, releaseParts } from './parts.js'

/** Headers to send: pairs are written in order, repeated names kept; an array is one field line for each value. */
export type ResponseHeaders = Iterable<readonly [string, string]> | Record<string, string | readonly string[]>

const { slab } = binding
// Bytes around the parts: "HTTP/1.1 ", the SP of a bare code, CR LF and CR LF; ": " and CR LF for each field line.
const STATUS_MARKS = 14
const FIELD_MARKS = 4

/** enum HeadFault of native/core/response_head.h, from 1 on. */
const FAULTS: ReadonlyArray<readonly [code: UsageErrorCode, sentence: string]> = [
  ['ERR_INVALID_STATUS', 'the status has to be three digits from 100 to 999, or those, a space and a reason without control characters'],
  ['ERR_INVALID_FIELD_NAME', 'the name is not a token (RFC 9110 section 5.6.2)'],
  ['ERR_INVALID_FIELD_VALUE', 'the value has a control character (RFC 9110 section 5.5)'],
  ['ERR_INVALID_CONTENT_LENGTH', 'Content-Length has to be a decimal number of at most 2^53-1 (RFC 9110 section 8.6)'],
  ['ERR_CONTENT_LENGTH_REPEATED', 'Content-Length is given twice (RFC 9110 section 8.6)']
]

function faultError (fault: number, part: number): Error {
  const reason = FAULTS[fault - 1]
  if (reason === undefined) return new Error(`gatewire: the encoder failed with fault ${fault}`)
  const [code, sentence] = reason
  return rangeError(code, part === 0 ? sentence : `header ${part - 1}, counted from 0: ${sentence}`)
}

function tooLarge (): Error {
  return rangeError('ERR_HEAD_TOO_LARGE', `status, names and values have more than ${MAX_BLOCK_BYTES} bytes`)
}

function formsOf (status: string): Forms {
  return new Forms(binding.makeHeadForm, status, 0, tooLarge)
}

/** The forms of heads with a status in words of the caller's. */
const others = new Map<string, Forms>()
const MOST_OTHERS = 64
const LONGEST_OTHER = 128

function formsOfText (status: string): Forms {
  let forms = others.get(status)
  if (forms === undefined) {
    forms = formsOf(status)
    if (others.size === MOST_OTHERS) others.clear()
    if (status.length <= LONGEST_OTHER) others.set(status, forms)
  }
  return forms
}

/**
 * Those of heads with a standard reason, by number. With room for all from the start: where most places of an array are missing, V8 looks
 * for each in a hash table.
 */
const standard: Array<Forms | undefined> = Array.from({ length: 1000 })

/** A head that has its status. */
function begin (status: number | string): Filling {
  if (typeof status === 'string') return new Filling(formsOfText(status))
  if (typeof status !== 'number') throw typeError('ERR_INVALID_STATUS', `status has to be a number or a string, not ${typeof status}`)
  if (!Number.isInteger(status) || status < 100 || status > 999) throw rangeError('ERR_INVALID_STATUS', FAULTS[0]![1])
  return new Filling(standard[status] ??= formsOf(`${status} ${STATUS_CODES[status] ?? ''}`))
}

function addLines (filling: Filling, name: string, value: string | readonly string[]): void {
  if (!Array.isArray(value)) throw typeError('ERR_INVALID_ARG_TYPE', `the value of a header has to be a string or an array of strings, not ${typeof value}`)
  for (const one of value) filling.add(name, one as string)
}

function collect (filling: Filling, headers: ResponseHeaders): void {
  if (typeof headers !== 'object' || headers === null) {
    throw typeError('ERR_INVALID_ARG_TYPE', 'headers have to be an object or an iterable of pairs')
  }
  // Not by `in`, which takes V8 three times as long with objects of many kinds.
  const pairs = headers as Iterable<readonly [string, string]>
  if (pairs[Symbol.iterator] !== undefined) {
    for (const pair of pairs) {
      if (!Array.isArray(pair)) throw typeError('ERR_INVALID_ARG_TYPE', 'an iterable of headers has to give arrays of name and value')
      filling.add(pair[0], pair[1])
    }
    return
  }
  filling.addObject(headers as Record<string, string | readonly string[]>, addLines)
}

/**
 * Encodes a response head: status line, field lines, blank line (RFC 9112 sections 4 and 5).
 *
 * `status` is 100 to 999, which gets its standard reason, or text like '200 OK'. Characters are bytes, U+0000 to U+00FF. Spaces and tabs
 * around a value are left out. Grammar is checked, policy is not: nothing is added, and any header may be given.
 *
 * Throws before anything is written. RangeError: `ERR_INVALID_STATUS`, `ERR_INVALID_FIELD_NAME` (RFC 9110 section 5.6.2),
 * `ERR_INVALID_FIELD_VALUE` (a control character, section 5.5), `ERR_INVALID_CONTENT_LENGTH` (section 8.6),
 * `ERR_CONTENT_LENGTH_REPEATED`, `ERR_NOT_LATIN1`, `ERR_HEAD_TOO_LARGE` (status, names and values over 65 535 bytes).
 * TypeError: a status, name or value of another type.
 */
export function encodeResponseHead (status: number | string, headers: ResponseHeaders): Buffer {
  const at = partsUsed()
  try {
    const filling = begin(status)
    collect(filling, headers)
    takeRoom(STATUS_MARKS + filling.size + FIELD_MARKS * filling.count)
    const formed = filling.finish()
    if (formed) binding.encodeResponseHead(filling.text)
    checkLatin1()
    if (slab[WORD_FAULT] !== 0) throw faultError(slab[WORD_FAULT]!, formed ? filling.nameOf(slab[WORD_FAULT_PART]!) : slab[WORD_FAULT_PART]!)
    return cutRoom(slab[WORD_WRITTEN]!)
  } finally {
    releaseParts(at)
  }
}
