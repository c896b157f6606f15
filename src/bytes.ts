// What counts as input bytes, and why something does not. Knows nothing of what is in them.
import { typeError } from './errors.js'

type LatinSlice = (this: Uint8Array, start: number, end: number) => string
// On every Buffer since Node 0.x, and in Bun and Deno; missing from the type declarations only.
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice: LatinSlice }).latin1Slice

/** The bytes from `start` to `end` as latin-1: one character each. */
export function latin1 (bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}

const { fromCharCode } = String
const SHORT = 16

/** The same for the few bytes of a single variable: put together here, that costs half of a call into native code. */
export function shortLatin1 (bytes: Uint8Array, start: number, end: number): string {
  const b = bytes
  const i = start
  if (end - i > SHORT || i + SHORT > b.length) return latin1(b, i, end)
  const sixteen = fromCharCode(b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!, b[i + 6]!, b[i + 7]!,
    b[i + 8]!, b[i + 9]!, b[i + 10]!, b[i + 11]!, b[i + 12]!, b[i + 13]!, b[i + 14]!, b[i + 15]!)
  return end - i === SHORT ? sixteen : sixteen.slice(0, end - i)
}

/**
 * Refuses bytes that a call could read now but a head not later: memory that may be resized, and memory that other threads share, where
 * `resizable` does not exist. Two property reads; an empty array is looked at more closely, as a detached one is empty.
 */
export function checkReadable (bytes: Uint8Array): void {
  // @types/node 20 does not know `resizable`, which exists from Node 20 on.
  const plain = bytes instanceof Uint8Array && (bytes.buffer as unknown as { resizable?: boolean }).resizable === false
  if (!plain || bytes.length === 0) checkClosely(bytes)
}

function checkClosely (bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) throw unusable(bytes)
  if ((bytes.buffer as unknown as { resizable: boolean }).resizable) {
    throw typeError('ERR_RESIZABLE_BYTES', 'the bytes are on a resizable ArrayBuffer; copy them first')
  }
  try {
    new Uint8Array(bytes.buffer) // throws when it is detached, which no property says before Node 21
  } catch {
    throw unusable(bytes)
  }
}

/** The error for an argument that cannot be read. */
export function unusable (bytes: unknown): TypeError {
  if (!(bytes instanceof Uint8Array)) {
    return typeError('ERR_INVALID_ARG_TYPE', `bytes have to be a Uint8Array or Buffer, not ${bytes === null ? 'null' : typeof bytes}`)
  }
  if (!(bytes.buffer instanceof ArrayBuffer)) {
    return typeError('ERR_SHARED_BYTES', 'the bytes are on a SharedArrayBuffer, which another thread may change; copy them first')
  }
  return typeError('ERR_DETACHED_BYTES', 'the ArrayBuffer of the bytes has been transferred or detached')
}

/** The bytes as latin-1, for encoders: they are copied at once. */
export function latin1Of (bytes: Uint8Array): string {
  checkReadable(bytes)
  return latin1(bytes, 0, bytes.length)
}
