// Options and limits: defaults, what passes a limit, and that options are checked once and for all.
import { describe, expect, it } from 'vitest'
import { type DecodeOptions, decodeUwsgi, decodeUwsgiArray, type Limits, RequestDecoder } from '../src/index.js'
import { arrayPacket, item, packet, type Var } from './packet.js'
import { mistake, refused } from './verdicts.js'

const count = (n: number): Var[] => Array.from({ length: n }, (_, i) => [`N${i}`, ''])
const limit = (limits: Partial<Limits>): DecodeOptions => ({ limits })

describe('a limit', () => {
  it('maxVars is 1 000 unless the caller says otherwise, and is passed where the first variable too many stands', () => {
    expect(decodeUwsgi(packet(count(1000)))!.fields()).toHaveLength(1000)
    const tooMany = (n: number): object => ({ code: 'ERR_UWSGI_TOO_MANY_VARS', offset: packet(count(n)).length, status: 431 })
    expect(refused(() => decodeUwsgi(packet(count(1001))))).toEqual(tooMany(1000))
    for (const n of [0, 1, 2, 128, 1000]) {
      expect(decodeUwsgi(packet(count(n)), limit({ maxVars: n }))!.fields()).toHaveLength(n)
      expect(refused(() => decodeUwsgi(packet(count(n + 1)), limit({ maxVars: n })))).toEqual(tooMany(n))
    }
    expect(decodeUwsgi(packet(count(3000)), limit({ maxVars: 3000 }))!.fields()).toHaveLength(3000)
  })

  it('maxPacketBytes counts the block without its header, and is passed as soon as the header is there', () => {
    const vars: Var[] = [['A', 'x'.repeat(95)]]
    expect(packet(vars)).toHaveLength(104)
    expect(decodeUwsgi(packet(vars), limit({ maxPacketBytes: 100 }))!.fields()).toEqual(vars)
    const tooLarge = { code: 'ERR_UWSGI_PACKET_TOO_LARGE', offset: 1, status: 431 }
    for (const cut of [4, 5, 50, 103, 104]) {
      expect(refused(() => decodeUwsgi(packet(vars).subarray(0, cut), limit({ maxPacketBytes: 99 })))).toEqual(tooLarge)
      expect(refused(() => decodeUwsgiArray(packet(vars).subarray(0, cut), limit({ maxPacketBytes: 99 })))).toEqual(tooLarge)
    }
    expect(decodeUwsgi(packet(vars).subarray(0, 3), limit({ maxPacketBytes: 0 }))).toBeNull()
    expect(decodeUwsgi(packet([]), limit({ maxPacketBytes: 0 }))!.byteLength).toBe(4)
    expect(refused(() => decodeUwsgi(Buffer.from([0, 255, 255, 0]), limit({ maxPacketBytes: 65534 })))).toEqual(tooLarge)
  })

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5, 2 ** 53 - 2])('maxContentBytes %d is passed by one byte more', bytes => {
    const at = (length: number): Buffer => packet([['CONTENT_LENGTH', String(length)]])
    expect(decodeUwsgi(at(bytes), limit({ maxContentBytes: bytes }))!.byteLength).toBe(at(bytes).length)
    expect(refused(() => decodeUwsgi(at(bytes + 1), limit({ maxContentBytes: bytes }))))
      .toEqual({ code: 'ERR_UWSGI_CONTENT_TOO_LARGE', offset: 22, status: 413 })
    expect(decodeUwsgi(packet([['CONTENT_LENGTH', String(bytes + 1)]], 111), limit({ maxContentBytes: bytes }))!.framing)
      .toEqual({ kind: 'none' })
  })

  it('holds for the call that it was given to, whatever other calls use', () => {
    const strict = limit({ maxVars: 1 })
    for (let i = 0; i < 10; i++) {
      expect(refused(() => decodeUwsgi(packet(count(2)), strict)).code).toBe('ERR_UWSGI_TOO_MANY_VARS')
      expect(decodeUwsgi(packet(count(2)))!.fields()).toHaveLength(2)
      expect(decodeUwsgiArray(arrayPacket(['a', 'b', 'c']), strict)!.items).toHaveLength(3)
      expect(decodeUwsgi(packet(count(2)), limit({ maxVars: 2 }))!.fields()).toHaveLength(2)
    }
  })

  it('that is undefined is the default', () => {
    const options = limit({ maxVars: undefined } as unknown as Partial<Limits>)
    expect(decodeUwsgi(packet(count(1000)), options)!.fields()).toHaveLength(1000)
    expect(refused(() => decodeUwsgi(packet(count(1001)), options)).code).toBe('ERR_UWSGI_TOO_MANY_VARS')
  })
})

describe('options', () => {
  const largest: Array<[keyof Limits, number]> =
    [['maxPacketBytes', 65535], ['maxVars', 13107], ['maxContentBytes', Number.MAX_SAFE_INTEGER]]
  const bad: Array<[unknown, string]> = [
    ...largest.flatMap(([name, max]): Array<[unknown, string]> => [-1, 1.5, NaN, Infinity, max + 1, '5', null, 5n, true, {}]
      .map(value => [{ limits: { [name]: value } }, 'RangeError ERR_OUT_OF_RANGE'])),
    [{ limits: { maxBytes: 5 } }, 'TypeError ERR_INVALID_OPTION'], [{ limits: { maxvars: 5 } }, 'TypeError ERR_INVALID_OPTION'],
    [{ limits: JSON.parse('{"__proto__":5}') as object }, 'TypeError ERR_INVALID_OPTION'],
    [{ limits: { toString: 5 } }, 'TypeError ERR_INVALID_OPTION'],
    [{ limits: 5 }, 'TypeError ERR_INVALID_OPTION'], [{ limits: null }, 'TypeError ERR_INVALID_OPTION'],
    [{ limits: 'many' }, 'TypeError ERR_INVALID_OPTION'],
    [{ duplicates: 'first' }, 'TypeError ERR_INVALID_OPTION'], [{ duplicates: 'JOIN' }, 'TypeError ERR_INVALID_OPTION'],
    [{ duplicates: true }, 'TypeError ERR_INVALID_OPTION'], [{ duplicates: '' }, 'TypeError ERR_INVALID_OPTION'],
    [null, 'TypeError ERR_INVALID_ARG_TYPE'], ['limits', 'TypeError ERR_INVALID_ARG_TYPE'], [5, 'TypeError ERR_INVALID_ARG_TYPE'],
    [true, 'TypeError ERR_INVALID_ARG_TYPE']
  ]

  it.each(bad)('%o are refused, each time, before the bytes are looked at', (options, want) => {
    for (let again = 0; again < 3; again++) {
      expect(mistake(() => decodeUwsgi(packet([]), options as DecodeOptions))).toBe(want)
      expect(mistake(() => decodeUwsgiArray(packet([]), options as DecodeOptions))).toBe(want)
    }
    if (typeof options === 'object' && options !== null) {
      expect(mistake(() => new RequestDecoder({ protocol: 'uwsgi', ...options }))).toBe(want)
    }
  })

  it('may be absent, empty, frozen, or inherit', () => {
    for (const options of [undefined, {}, Object.freeze({}), { limits: {} }, Object.create(null) as object]) {
      expect(decodeUwsgi(packet(count(3)), options)!.fields()).toHaveLength(3)
    }
    expect(refused(() => decodeUwsgi(packet(count(3)), Object.create(limit({ maxVars: 2 })) as DecodeOptions)).code)
      .toBe('ERR_UWSGI_TOO_MANY_VARS')
    for (const [name, max] of largest) expect(decodeUwsgi(packet(count(3)), limit({ [name]: max }))!.fields()).toHaveLength(3)
  })

  it('are read once for each object', () => {
    let reads = 0
    const options = { get limits (): Partial<Limits> { reads++; return { maxVars: 2 } } }
    for (let i = 0; i < 5; i++) expect(refused(() => decodeUwsgi(packet(count(3)), options)).code).toBe('ERR_UWSGI_TOO_MANY_VARS')
    expect(reads).toBe(1)
  })

  it('that changed after their first use do not count', () => {
    const options: DecodeOptions = { limits: { maxVars: 2 }, duplicates: 'last' }
    const vars: Var[] = [['HTTP_A', 'a'], ['HTTP_A', 'b']]
    expect(decodeUwsgi(packet(vars), options)!.get('HTTP_A')).toBe('b')
    options.limits!.maxVars = 1
    options.duplicates = 'refuse'
    expect(decodeUwsgi(packet(vars), options)!.get('HTTP_A')).toBe('b')
  })

  it('are those of a head for as long as it is held', () => {
    const head = decodeUwsgi(packet([['HTTP_A', 'a'], ['HTTP_A', 'b']]), { duplicates: 'last', limits: { maxVars: 2 } })!
    for (let i = 0; i < 30; i++) decodeUwsgi(packet(count(900)))
    expect([head.get('HTTP_A'), head.environ['HTTP_A'], head.detach().get('HTTP_A')]).toEqual(['b', 'b', 'b'])
    expect(item('HTTP_A')).toHaveLength(8)
  })
})
