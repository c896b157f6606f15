// encodeUwsgi: what is sent for each kind of argument, that it is refused before a byte is written, and that an encoder which was
// stopped half-way, or entered again from inside, leaves the next one alone.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, decodeUwsgiArray, encodeUwsgi, type Vars } from '../src/index.js'
import { allBytes, arrayPacket, environOf, ordinary, packet, type Var } from './packet.js'
import { mistake } from './verdicts.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const same = (got: Uint8Array, want: Uint8Array): void => expect(text(got)).toBe(text(want))
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

/** What has to hold after any failed call: the encoder works as if it had not happened. */
function stillWorks (): void {
  same(encodeUwsgi(ordinary), packet(ordinary))
}

describe('encodeUwsgi writes', () => {
  const pairs: Var[] = [['B', '1'], ['A', '2'], ['B', '3'], ['C', ''], ['A', '2']]

  it('pairs as they are given, order and repeated names kept', () => {
    same(encodeUwsgi(pairs), packet(pairs))
    same(encodeUwsgi(new Set(pairs)), packet(pairs))
    same(encodeUwsgi((function * () { yield * pairs })()), packet(pairs))
    same(encodeUwsgi({ [Symbol.iterator]: () => pairs[Symbol.iterator]() }), packet(pairs))
    same(encodeUwsgi(new URLSearchParams('a=1&b=2&a=3')), packet([['a', '1'], ['b', '2'], ['a', '3']]))
    same(encodeUwsgi(new Map(ordinary)), packet(ordinary))
    same(encodeUwsgi([]), packet([]))
  })

  it('the own enumerable string keys of an object', () => {
    same(encodeUwsgi(Object.fromEntries(ordinary)), packet(ordinary))
    same(encodeUwsgi(environOf(ordinary)), packet(ordinary))
    const object = Object.create({ INHERITED: 'no' }, {
      HIDDEN: { value: 'no', enumerable: false }, SHOWN: { value: 'yes', enumerable: true },
      [Symbol('S')]: { value: 'no', enumerable: true }
    }) as Record<string, string>
    same(encodeUwsgi(object), packet([['SHOWN', 'yes']]))
    same(encodeUwsgi({}), packet([]))
    same(encodeUwsgi(JSON.parse('{"__proto__":"p","constructor":"c","toString":"t"}') as Vars),
      packet([['__proto__', 'p'], ['constructor', 'c'], ['toString', 't']]))
  })

  it('bytes as they are', () => {
    const raw = Buffer.from([0, 255, 128, 10, 13])
    same(encodeUwsgi([['A', raw], ['B', new Uint8Array(0)], ['C', 'x']]), packet([['A', raw.toString('latin1')], ['B', ''], ['C', 'x']]))
    same(encodeUwsgi([['A', Uint8Array.from([1, 2, 3, 4]).subarray(1, 3)]]), packet([['A', '\x02\x03']]))
  })

  it('every character up to U+00FF as one byte', () => {
    same(encodeUwsgi([[allBytes, allBytes]]), packet([[allBytes, allBytes]]))
  })

  it('a copy: later changes of what was given do not show', () => {
    const raw = Buffer.from('abc')
    const encoded = encodeUwsgi([['A', raw]])
    raw.fill(0)
    same(encoded, packet([['A', 'abc']]))
    expect(Buffer.isBuffer(encoded)).toBe(true)
    expect(encodeUwsgi([['A', 'b']]).buffer === encoded.buffer && encodeUwsgi([['A', 'b']]).byteOffset === encoded.byteOffset).toBe(false)
  })

  it('a head, its repeated variables joined, with its modifiers', () => {
    const head = decodeUwsgi(packet([...ordinary, ['HTTP_ACCEPT', 'b'], ['__proto__', 'p']], 30, 7))!
    const again = decodeUwsgi(encodeUwsgi(head))!
    expect([again.modifier1, again.modifier2]).toEqual([30, 7])
    expect(again.environ).toEqual(head.environ)
    expect(again.get('HTTP_ACCEPT')).toBe('*/*, b')
    const other = decodeUwsgi(encodeUwsgi(head, { modifier1: 0 }))!
    expect([other.modifier1, other.modifier2]).toEqual([0, 7])
    same(encodeUwsgi(decodeUwsgi(packet(ordinary))!), packet(ordinary))
  })

  it('the modifiers from 0 to 255', () => {
    for (let modifier = 0; modifier < 256; modifier++) {
      same(encodeUwsgi(pairs, { modifier1: modifier, modifier2: 255 - modifier }), packet(pairs, modifier, 255 - modifier))
    }
  })
})

describe('set', () => {
  const vars: Var[] = [['A', '1'], ['B', '2'], ['A', '3'], ['C', '4']]
  const cases: Array<[string, Record<string, string | undefined>, Var[]]> = [
    ['replaces where the name stood first, and drops the rest', { A: 'x' }, [['A', 'x'], ['B', '2'], ['C', '4']]],
    ['adds at the end, in its own order', { Z: 'z', D: 'd' }, [...vars, ['Z', 'z'], ['D', 'd']]],
    ['removes', { A: undefined, NONE: undefined }, [['B', '2'], ['C', '4']]],
    ['does all of it', { C: 'c', E: 'e', A: undefined, B: '' }, [['B', ''], ['C', 'c'], ['E', 'e']]],
    ['may be empty', {}, vars],
    ['adds names that objects have', JSON.parse('{"__proto__":"p","toString":"t"}'), [...vars, ['__proto__', 'p'], ['toString', 't']]],
    ['ignores what it inherits', Object.create({ A: 'no', Q: 'no' }) as Record<string, string>, vars]
  ]
  it.each(cases)('%s', (_, set, want) => {
    same(encodeUwsgi(vars, { set }), packet(want))
    same(encodeUwsgi(vars.map(([key, value]): [string, Buffer] => [key, bytesOf(value)]), { set }), packet(want))
  })

  it('works on objects and heads', () => {
    const set = { REQUEST_METHOD: 'PUT', CONTENT_TYPE: undefined, NEW: 'n' }
    const kept = ordinary.filter(([key]) => key !== 'CONTENT_TYPE')
    const want: Var[] = [...kept.map(([key, value]): Var => [key, key === 'REQUEST_METHOD' ? 'PUT' : value]), ['NEW', 'n']]
    same(encodeUwsgi(Object.fromEntries(ordinary), { set }), packet(want))
    same(encodeUwsgi(decodeUwsgi(packet(ordinary))!, { set }), packet(want))
  })

  it('does not touch variables of inherited names', () => {
    same(encodeUwsgi([['toString', 'a'], ['constructor', 'b']], { set: { A: '1' } }),
      packet([['toString', 'a'], ['constructor', 'b'], ['A', '1']]))
  })
})

describe('encodeUwsgi refuses', () => {
  const k = 'k'.repeat(65531)
  const sizes: Array<[string, Var[], number]> = [
    ['one key', [[k, '']], 65535], ['one value', [['k', 'v'.repeat(65530)]], 65535],
    ['13 107 variables', Array.from({ length: 13107 }, (): Var => ['k', '']), 65535],
    ['several variables', [['A', 'x'.repeat(30000)], ['B', 'x'.repeat(30000)], ['C', 'x'.repeat(5520)]], 65535]
  ]
  it.each(sizes)('a block over 65 535 bytes by one: %s', (_, vars, size) => {
    const encoded = encodeUwsgi(vars)
    expect(encoded.readUInt16LE(1)).toBe(size)
    same(encoded, packet(vars))
    const [key, value] = vars.at(-1)!
    const over: Var[] = [...vars.slice(0, -1), [key, `${value}x`]]
    expect(mistake(() => encodeUwsgi(over))).toBe('RangeError ERR_PACKET_TOO_LARGE')
    expect(mistake(() => encodeUwsgi([...vars.slice(0, -1), [`${key}x`, value]]))).toBe('RangeError ERR_PACKET_TOO_LARGE')
    expect(mistake(() => encodeUwsgi(vars, { set: { NEW: '' } }))).toBe('RangeError ERR_PACKET_TOO_LARGE')
    stillWorks()
  })

  it('far too much, without collecting it first', () => {
    expect(mistake(() => encodeUwsgi([['A', 'x'.repeat(2 ** 28)]]))).toBe('RangeError ERR_PACKET_TOO_LARGE')
    expect(mistake(() => encodeUwsgi([['A', new Uint8Array(2 ** 20)]]))).toBe('RangeError ERR_PACKET_TOO_LARGE')
    expect(mistake(() => encodeUwsgi((function * (): Generator<Var> { for (;;) yield ['A', 'b'] })())))
      .toBe('RangeError ERR_PACKET_TOO_LARGE')
    stillWorks()
  })

  const bad: Array<[string, unknown, object | undefined, string]> = [
    ['an empty key', [['', 'x']], undefined, 'RangeError ERR_EMPTY_KEY'],
    ['an empty key at the end', [['A', 'x'], ['', '']], undefined, 'RangeError ERR_EMPTY_KEY'],
    ['an empty key of an object', { '': 'x' }, undefined, 'RangeError ERR_EMPTY_KEY'],
    ['an empty key to set', [], { set: { '': 'x' } }, 'RangeError ERR_EMPTY_KEY'],
    ['U+0100 in a value', [['A', '\u0100']], undefined, 'RangeError ERR_NOT_LATIN1'],
    ['U+20AC in a key', [['\u20AC', 'x']], undefined, 'RangeError ERR_NOT_LATIN1'],
    ['an emoji', [['A', 'x\u{1F600}']], undefined, 'RangeError ERR_NOT_LATIN1'],
    ['half a surrogate pair', [['A', '\uD83D']], undefined, 'RangeError ERR_NOT_LATIN1'],
    ['U+0100 in a name to set', [], { set: { '\u0100': 'x' } }, 'RangeError ERR_NOT_LATIN1'],
    ['U+0100 in a value to set', [['A', 'x']], { set: { A: '\u0100' } }, 'RangeError ERR_NOT_LATIN1'],
    ['a number as value', [['A', 5]], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['undefined as value', [['A', undefined]], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['null as value of an object', { A: null }, undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['an array as value', { A: ['x'] }, undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a String object', [['A', new String('x')]], undefined, 'TypeError ERR_INVALID_ARG_TYPE'], // oxlint-disable-line no-new-wrappers
    ['a number as key', [[5, 'x']], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a symbol as key', [[Symbol('x'), 'x']], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['bytes as key', [[Buffer.from('A'), 'x']], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a number to set', [], { set: { A: 5 } }, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['null to set', [['A', 'x']], { set: { A: null } }, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['strings for pairs', ['ab', 'cd'], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a number for a pair', [['A', 'x'], 5], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['null for a pair', [null], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['an object for a pair', [{ A: 'x' }], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['an empty pair', [[]], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['bytes for variables', Buffer.from('A'), undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['null for set', [['A', 'x']], { set: null }, 'TypeError ERR_INVALID_OPTION'],
    ['a string for set', [['0', 'x']], { set: 'x' }, 'TypeError ERR_INVALID_OPTION'],
    ['nothing', undefined, undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['null', null, undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a string', 'A=b', undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['a function', () => [], undefined, 'TypeError ERR_INVALID_ARG_TYPE'],
    ['modifier1 256', [], { modifier1: 256 }, 'RangeError ERR_OUT_OF_RANGE'],
    ['modifier1 -1', [], { modifier1: -1 }, 'RangeError ERR_OUT_OF_RANGE'],
    ['modifier2 1.5', [], { modifier2: 1.5 }, 'RangeError ERR_OUT_OF_RANGE'],
    ['modifier2 NaN', [], { modifier2: NaN }, 'RangeError ERR_OUT_OF_RANGE'],
    ['modifier1 Infinity', [], { modifier1: Infinity }, 'RangeError ERR_OUT_OF_RANGE'],
    ['modifier1 as a string', [], { modifier1: '5' }, 'RangeError ERR_OUT_OF_RANGE']
  ]
  it.each(bad)('%s', (_, vars, options, want) => {
    expect(mistake(() => encodeUwsgi(vars as Vars, options as object))).toBe(want)
    stillWorks()
  })

  it('with messages that hold no value', () => {
    for (const value of ['secret\u0100', 'secret'.repeat(20000)]) {
      expect(() => encodeUwsgi([['NAME', value]])).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
    }
  })
})

describe('code of the caller that runs inside encodeUwsgi', () => {
  const wanted: Var[] = [['A', '1'], ['GETTER', 'made'], ['Z', '26']]
  const inner: Array<[string, () => unknown]> = [
    ['encodes', () => encodeUwsgi(ordinary)],
    ['encodes in vain', () => { expect(() => encodeUwsgi([['A', 'x'], ['', '']])).toThrow(RangeError) }],
    ['decodes', () => decodeUwsgi(packet(ordinary))!.environ],
    ['decodes a refused packet', () => { expect(() => decodeUwsgi(packet([['CONTENT_LENGTH', 'x']]))).toThrow() }],
    ['decodes an array', () => decodeUwsgiArray(arrayPacket(['a', '', 'c']))!.items],
    ['decodes a large array', () => decodeUwsgiArray(arrayPacket(Array.from({ length: 30000 }, () => '')))!.items],
    ['encodes a head', () => encodeUwsgi(decodeUwsgi(packet(ordinary))!, { set: { A: 'b' } })]
  ]
  it.each(inner)('%s, and the packet is what it would have been', (_, act) => {
    same(encodeUwsgi({ A: '1', get GETTER () { act(); return 'made' }, Z: '26' }), packet(wanted))
    same(encodeUwsgi((function * (): Generator<Var> { for (const pair of wanted) { act(); yield pair; act() } })()), packet(wanted))
    same(encodeUwsgi([['A', '1'], ['Z', '26']], { set: { get GETTER () { act(); return 'made' } } }),
      packet([wanted[0]!, wanted[2]!, wanted[1]!]))
    same(encodeUwsgi(wanted, { get modifier1 () { act(); return 5 }, get modifier2 () { act(); return 6 } }), packet(wanted, 5, 6))
  })

  it('may go several levels deep', () => {
    const nest = (depth: number): Buffer =>
      encodeUwsgi({ A: String(depth), get B () { return depth === 0 ? 'end' : nest(depth - 1).toString('latin1') }, C: 'c' })
    let bytes: Uint8Array = nest(20)
    for (let depth = 20; depth > 0; depth--) {
      const head = decodeUwsgi(bytes)!
      expect([head.get('A'), head.get('C')]).toEqual([String(depth), 'c'])
      bytes = head.getBytes('B')!
    }
    expect(decodeUwsgi(bytes)!.fields()).toEqual([['A', '0'], ['B', 'end'], ['C', 'c']])
  })

  it('is told when so much is under way around it that there is no room', () => {
    const largest = Array.from({ length: 13_000 }, (): Var => ['k', ''])
    const nest = (depth: number, work: () => void): Buffer => encodeUwsgi((function * (): Generator<Var> {
      yield * largest
      if (depth > 0) nest(depth - 1, work)
      else work()
    })())
    nest(4, () => expect(decodeUwsgiArray(arrayPacket(['a', 'b']))!.items).toHaveLength(2))
    nest(5, () => expect(mistake(() => decodeUwsgiArray(arrayPacket(['a', 'b'])))).toBe('RangeError ERR_OUT_OF_RANGE'))
    expect(mistake(() => nest(11, () => undefined))).toBe('RangeError ERR_OUT_OF_RANGE')
    stillWorks()
  })

  it('may throw: the error arrives as it is, iterators are closed, and the encoder goes on working', () => {
    const boom = new Error('boom')
    let closed = 0
    const throwing: Array<() => unknown> = [
      () => encodeUwsgi({ A: '1', get B (): string { throw boom } }),
      () => encodeUwsgi((function * (): Generator<Var> { yield ['A', '1']; throw boom })()),
      () => encodeUwsgi(ordinary, { set: { get B (): string { throw boom } } }),
      () => encodeUwsgi(ordinary, { get set (): Record<string, string> { throw boom } }),
      () => encodeUwsgi({ [Symbol.iterator] (): Iterator<Var> { throw boom } }),
      () => encodeUwsgi(new Proxy({ A: 'x' }, { ownKeys () { throw boom } })),
      () => encodeUwsgi({ A: '1', get B (): string { return encodeUwsgi({ get C (): string { throw boom } }).toString() } })
    ]
    for (let i = 0; i < 50; i++) {
      for (const act of throwing) expect(act).toThrow(boom)
      expect(() => encodeUwsgi((function * (): Generator<Var> { try { yield ['', 'x'] } finally { closed++ } })())).toThrow(RangeError)
      stillWorks()
    }
    expect(closed).toBe(50)
  })
})
