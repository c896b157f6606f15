// What counts as input bytes, and why something does not. Knows nothing of what is in them.
import { types } from 'node:util'
import { typeError } from './errors.js'

// `instanceof` costs half of these, but says yes to objects and proxies that hold no bytes, and no to arrays of another context.
const { isArrayBuffer, isUint8Array } = types

type LatinSlice = (this: Uint8Array, start: number, end: number) => string
// On every Buffer since Node 0.x, and in Bun and Deno; missing from the type declarations only.
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice: LatinSlice }).latin1Slice

/**
 * The class of all Buffers, for views on memory that is at hand: `subarray` asks for `buffer` first, which costs twice as much as the view.
 */
export const View: new (memory: ArrayBuffer, start: number, length: number) => Buffer =
  (Buffer as unknown as { [Symbol.species]: new (memory: ArrayBuffer, start: number, length: number) => Buffer })[Symbol.species]

/** The bytes from `start` to `end` as latin-1: one character each. */
export function latin1 (bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}

/**
 * The memory of an array, by the accessor itself: a Buffer has a long chain of prototypes that V8 cannot look through in advance, so that
 * finding `buffer` costs as much as reading it.
 */
const memoryOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'buffer')!.get as (this: Uint8Array) => ArrayBuffer

/**
 * Refuses bytes that a call could read now but a head not later: memory that may be resized, and memory that other threads share, where
 * `resizable` does not exist. Two accessors; an empty array is looked at more closely, as a detached one is empty.
 */
export function checkReadable (bytes: Uint8Array): void {
  let plain = false
  try {
    // @types/node 20 does not know `resizable`, which exists from Node 20 on.
    plain = bytes instanceof Uint8Array && (memoryOf.call(bytes) as unknown as { resizable?: boolean }).resizable === false && bytes.length > 0
  } catch {} // a proxy, or an object with the prototype of an array and no bytes: looked at more closely
  if (!plain) checkClosely(bytes)
}

function checkClosely (bytes: Uint8Array): void {
  if (!isUint8Array(bytes) || !isArrayBuffer(bytes.buffer)) throw unusable(bytes)
  if ((bytes.buffer as unknown as { resizable: boolean }).resizable) {
    throw typeError('ERR_RESIZABLE_BYTES', 'the bytes are on a resizable ArrayBuffer; copy them first')
  }
  try {
    new Uint8Array(bytes.buffer) // throws when it is detached, which no property says before Node 21
  } catch {
    throw unusable(bytes)
  }
}

const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')!.get as (this: Uint8Array) => number
const offsetOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteOffset')!.get as (this: Uint8Array) => number

/** The length of an array as native code sees it, whatever a class of the caller's says; -1: it is no Uint8Array, or detached. @internal */
export function sizeOf (bytes: Uint8Array): number {
  if (!isUint8Array(bytes)) return -1
  const size = lengthOf.call(bytes)
  if (size > 0) return size
  try {
    new Uint8Array(memoryOf.call(bytes))
    return 0
  } catch {
    return -1
  }
}

/** A view on the first bytes of an array that has more. @internal */
export function firstBytes (bytes: Uint8Array, count: number): Uint8Array {
  return new Uint8Array(memoryOf.call(bytes), offsetOf.call(bytes), count)
}

/** The error for an argument that cannot be read. */
export function unusable (bytes: unknown): TypeError {
  if (!isUint8Array(bytes)) {
    return typeError('ERR_INVALID_ARG_TYPE', `bytes have to be a Uint8Array or Buffer, not ${bytes === null ? 'null' : typeof bytes}`)
  }
  if (!isArrayBuffer(bytes.buffer)) {
    return typeError('ERR_SHARED_BYTES', 'the bytes are on a SharedArrayBuffer, which another thread may change; copy them first')
  }
  return typeError('ERR_DETACHED_BYTES', 'the ArrayBuffer of the bytes has been transferred or detached')
}

/** The bytes as latin-1, for encoders: they are copied at once. */
export function latin1Of (bytes: Uint8Array): string {
  checkReadable(bytes)
  return latin1(bytes, 0, bytes.length)
}
