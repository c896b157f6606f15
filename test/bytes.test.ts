// What counts as input bytes: the same for every function that takes some. Anything else is the caller's mistake, with a code, and
// never a crash.
import { describe, expect, it } from 'vitest'
import vm from 'node:vm'
import { decodeHttp, decodeUwsgi, decodeUwsgiArray, encodeUwsgi, RequestDecoder, ResponseDecoder, transcodeHttpToUwsgi } from '../src/index.js'
import { arrayPacket, ordinary, packet } from './packet.js'
import { mistake } from './verdicts.js'

// A global of Node that its type declarations leave to those of browsers.
interface Memory { buffer: ArrayBuffer, grow: (pages: number) => void }
declare const WebAssembly: { Memory: new (size: { initial: number, maximum?: number, shared?: boolean }) => Memory }

type Takes = (bytes: Uint8Array) => unknown

const takers: Array<[string, Takes]> = [
  ['decodeUwsgi', bytes => decodeUwsgi(bytes)],
  ['decodeUwsgiArray', bytes => decodeUwsgiArray(bytes)],
  ['decodeHttp', bytes => decodeHttp(bytes)],
  ['transcodeHttpToUwsgi', bytes => transcodeHttpToUwsgi(bytes)],
  ['transcodeHttpToUwsgi with set', bytes => transcodeHttpToUwsgi(bytes, { set: { A: 'b' } })],
  ['RequestDecoder.push', bytes => { new RequestDecoder({ protocol: 'uwsgi' }).push(bytes) }],
  ['RequestDecoder.push of HTTP', bytes => { new RequestDecoder({ protocol: 'http' }).push(bytes) }],
  ['ResponseDecoder.push', bytes => { new ResponseDecoder().push(bytes) }],
  ['a value of encodeUwsgi', bytes => encodeUwsgi([['A', bytes]])]
]

function copyOn<T extends ArrayBufferLike> (buffer: T): Uint8Array {
  const bytes = new Uint8Array(buffer)
  bytes.set(packet(ordinary))
  return bytes
}
const size = packet(ordinary).length
const requestHead = Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n')

function detached (): Uint8Array {
  const bytes = copyOn(new ArrayBuffer(size))
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] })
  return bytes
}

interface ResizableBuffer extends ArrayBuffer { resize: (size: number) => void }
const Resizable = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => ResizableBuffer

const proxied = new Proxy(packet(ordinary), {})
const pretending = { length: 4, byteLength: 4, byteOffset: 0, buffer: new ArrayBuffer(4), 0: 0, 1: 0, 2: 0, 3: 0 }

describe.each(takers)('%s', (name, take) => {
  const others: Array<[string, unknown]> = [
    ['null', null], ['undefined', undefined], ['a number', 5], ['a bigint', 5n], ['a boolean', true], ['a symbol', Symbol('bytes')],
    ['a function', take],
    ['an object', {}], ['an object that pretends', pretending], ['an array of bytes', [0, 0, 0, 0]], ['an ArrayBuffer', new ArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))], ['a Uint16Array', new Uint16Array(4)], ['an Int8Array', new Int8Array(4)],
    ['a Uint8ClampedArray', new Uint8ClampedArray(4)], ['a Float64Array', new Float64Array(4)], ['a proxy of a Buffer', proxied],
    ['the prototype of Uint8Array', Uint8Array.prototype], ['an object made from that prototype', Object.create(Uint8Array.prototype)],
    ['an object made from a Buffer', Object.create(Buffer.alloc(4))], ['a SharedArrayBuffer', new SharedArrayBuffer(4)]
  ]
  if (!name.startsWith('a value')) others.push(['a string', 'text'])

  it.each(others)('refuses %s', (_, value) => {
    expect(mistake(() => take(value as Uint8Array))).toBe('TypeError ERR_INVALID_ARG_TYPE')
  })

  it('refuses detached bytes', () => {
    expect(mistake(() => take(detached()))).toBe('TypeError ERR_DETACHED_BYTES')
    const none = new Uint8Array(0)
    structuredClone(none.buffer, { transfer: [none.buffer] })
    expect(mistake(() => take(none))).toBe('TypeError ERR_DETACHED_BYTES')
  })

  it('refuses shared bytes, also when there are none', () => {
    expect(mistake(() => take(copyOn(new SharedArrayBuffer(size))))).toBe('TypeError ERR_SHARED_BYTES')
    expect(mistake(() => take(new Uint8Array(new SharedArrayBuffer(0))))).toBe('TypeError ERR_SHARED_BYTES')
    expect(mistake(() => take(Buffer.from(new SharedArrayBuffer(8))))).toBe('TypeError ERR_SHARED_BYTES')
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })
    expect(mistake(() => take(new Uint8Array(memory.buffer)))).toBe('TypeError ERR_SHARED_BYTES')
  })

  it('refuses resizable bytes, whatever their length now', () => {
    expect(mistake(() => take(copyOn(new Resizable(size, { maxByteLength: 2 * size }))))).toBe('TypeError ERR_RESIZABLE_BYTES')
    expect(mistake(() => take(new Uint8Array(new Resizable(0, { maxByteLength: 8 }))))).toBe('TypeError ERR_RESIZABLE_BYTES')
    const buffer = new Resizable(8, { maxByteLength: 8 })
    const fixed = new Uint8Array(buffer, 4, 4)
    buffer.resize(2)
    expect(mistake(() => take(fixed))).toBe('TypeError ERR_RESIZABLE_BYTES')
  })

  it('takes every kind of Uint8Array', () => {
    const bytes = name === 'decodeUwsgiArray' ? arrayPacket(['a', 'b']) : /http/i.test(name) ? requestHead : packet([['A', 'b']])
    const padded = Buffer.concat([Buffer.alloc(3), bytes])
    class Sub extends Uint8Array {}
    const memory = new WebAssembly.Memory({ initial: 1 })
    const inMemory = new Uint8Array(memory.buffer, 7, bytes.length)
    inMemory.set(bytes)
    const foreign = vm.runInNewContext('length => new Uint8Array(length)', {})(bytes.length) as Uint8Array
    foreign.set(bytes)
    const kinds = [bytes, Uint8Array.from(bytes), padded.subarray(3), new Uint8Array(padded.buffer, padded.byteOffset + 3, bytes.length),
      Sub.from(bytes), Object.freeze(Sub.from([])), inMemory, foreign, new Uint8Array(0), Buffer.alloc(0)]
    for (const kind of kinds) expect(() => take(kind)).not.toThrow()
  })
})

describe('bytes on the memory of a WebAssembly instance', () => {
  it('are refused once the memory has grown', () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    const bytes = new Uint8Array(memory.buffer)
    memory.grow(1)
    for (const [, take] of takers) expect(mistake(() => take(bytes))).toBe('TypeError ERR_DETACHED_BYTES')
  })
})
