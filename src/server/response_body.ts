// Bodies of responses: what may be given as one, its size where that is known without reading it, and how one is closed that nobody
// reads. Knows no head and no transport.
import { Buffer } from 'node:buffer' // the global one is a getter, which every response would call
import { typeError } from './errors.js'

/**
 * A string is sent as UTF-8. A list or other iterable is sent piece by piece, an async one as it comes and as fast as the peer takes it.
 * Bytes that were given must not be modified: they may still wait to be sent.
 */
export type ResponseBody = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** A body of which more than one write may be needed. */
export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** Bodies up to this many bytes leave in one write with their head, and larger ones in writes of this size. */
export const WRITE_BYTES = 65536

/** A body, and its size when that is known without reading it. Text is what has one byte for each character as UTF-8 too. */
export interface MeasuredBody {
  readonly body: string | Uint8Array | Pieces | undefined
  readonly size: number | undefined
}

const NO_BODY: MeasuredBody = { body: undefined, size: 0 }

export function measured (body: unknown): MeasuredBody {
  if (body === undefined || body === '') return NO_BODY
  if (typeof body === 'string') {
    const size = Buffer.byteLength(body)
    return { body: size === body.length && size <= WRITE_BYTES ? body : Buffer.from(body), size }
  }
  if (body instanceof Uint8Array) return { body, size: body.length }
  if (Array.isArray(body)) {
    const pieces = body.map(bytesOf)
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    return { body: size <= WRITE_BYTES ? Buffer.concat(pieces, size) : pieces, size }
  }
  if (typeof body === 'object' && body !== null && (isAsync(body) || isIterable(body))) return { body, size: undefined }
  const kind = body === null ? 'null' : typeof body
  throw typeError('ERR_INVALID_ARG_TYPE', `a body has to be a string, a Uint8Array or an iterable of them, not ${kind}`)
}

/** What will be the bytes of one piece of a body. */
export function bytesOf (piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (piece instanceof Uint8Array) return piece
  throw typeError('ERR_INVALID_ARG_TYPE', `a body is made of strings and Uint8Arrays, not of ${piece === null ? 'null' : typeof piece}`)
}

/** A large body as the pieces that it is written in. */
export function * slices (bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += WRITE_BYTES) yield bytes.subarray(at, at + WRITE_BYTES)
}

/** Bytes between texts of one byte for each character. */
export function joined (before: string, bytes: Uint8Array, after: string = ''): Buffer {
  const all = Buffer.allocUnsafe(before.length + bytes.length + after.length)
  all.write(before, 'latin1')
  all.set(bytes, before.length)
  if (after !== '') all.write(after, before.length + bytes.length, 'latin1')
  return all
}

/** Closes a body that nobody will read: streams are destroyed, iterators returned. */
export function discardBody (body: unknown, iterator?: Iterator<unknown> | AsyncIterator<unknown>): void {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array || Array.isArray(body)) return
  try {
    if (typeof (body as { destroy?: unknown }).destroy === 'function') {
      // A stream that is destroyed while somebody waits for its next piece reports that as an error, to its iterator and by an event.
      const stream = body as { on?: (event: string, listener: () => void) => void, destroy: () => void }
      if (typeof stream.on === 'function') stream.on('error', () => {})
      stream.destroy()
    }
    const open = iterator ?? (isAsync(body) ? body[Symbol.asyncIterator]() : isIterable(body) ? body[Symbol.iterator]() : undefined)
    const returned: unknown = open?.return?.()
    if (isPromise(returned)) returned.then(undefined, () => {})
  } catch {} // the body is not needed any more, so neither is its complaint
}

export function isPromise (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

export function isAsync (body: object): body is AsyncIterable<string | Uint8Array> {
  return typeof (body as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function'
}

function isIterable (body: object): body is Iterable<string | Uint8Array> {
  return typeof (body as Iterable<unknown>)[Symbol.iterator] === 'function'
}
