// decodeUwsgi and decodeUwsgiArray: what is accepted, what is incomplete, and what is refused with which code at which byte.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, decodeUwsgiArray, requestModifiers } from '../src/index.js'
import { allBytes, arrayPacket, item, ordinary, packet, packetOf, type Var } from './packet.js'
import { refused } from './verdicts.js'

const ok = item('A').toString('latin1') + item('B').toString('latin1') // one good variable: bytes 4 to 9
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('a vars block is refused', () => {
  const faults: Array<[what: string, block: string, code: string, offset: number]> = [
    ['for an empty key', '\0\0\x01\0B', 'EMPTY_KEY', 4],
    ['for an empty key and an empty value', '\0\0\0\0', 'EMPTY_KEY', 4],
    ['for an empty key after a good variable', `${ok}\0\0\x01\0B`, 'EMPTY_KEY', 10],
    ['for an empty key before a good variable', `\0\0\0\0${ok}`, 'EMPTY_KEY', 4],
    ['for one stray byte at the end', `${ok}\0`, 'KEY_LENGTH_TRUNCATED', 10],
    ['for one stray byte and nothing else', '\x05', 'KEY_LENGTH_TRUNCATED', 4],
    ['for two stray zeros at the end', `${ok}\0\0`, 'EMPTY_KEY', 10],
    ['for two stray bytes at the end', `${ok}\x01\0`, 'KEY_OVERRUN', 10],
    ['for three stray zeros at the end', `${ok}\0\0\0`, 'EMPTY_KEY', 10],
    ['for many stray zeros at the end', `${ok}${'\0'.repeat(40)}`, 'EMPTY_KEY', 10],
    ['for a key that is one byte too long', `${ok}\x03\0AB`, 'KEY_OVERRUN', 10],
    ['for a key that announces 60000 bytes', `${ok}\x60\xEA${ok}`, 'KEY_OVERRUN', 10],
    ['for a key that announces 65535 bytes', '\xFF\xFFA\x01\0B', 'KEY_OVERRUN', 4],
    ['for a key that ends with the block', `${ok}\x02\0AB`, 'VALUE_LENGTH_TRUNCATED', 14],
    ['for half a value length', `${ok}\x02\0AB\0`, 'VALUE_LENGTH_TRUNCATED', 14],
    ['for a value that is one byte too long', `${ok}\x01\0A\x02\0B`, 'VALUE_OVERRUN', 13],
    ['for a value that announces 65535 bytes', `\x01\0A\xFF\xFF${ok}`, 'VALUE_OVERRUN', 7],
    ['for a value without its bytes', '\x01\0A\x01\0', 'VALUE_OVERRUN', 7]
  ]
  it.each(faults)('%s', (_, block, code, offset) => {
    const fault = { code: `ERR_UWSGI_${code}`, offset, status: 400 }
    expect(refused(() => decodeUwsgi(packetOf(bytesOf(block))))).toEqual(fault)
    expect(refused(() => decodeUwsgi(packetOf(bytesOf(block), 111, 17))), 'whatever the modifier').toEqual(fault)
    expect(refused(() => decodeUwsgi(Buffer.concat([packetOf(bytesOf(block)), packet(ordinary)]))), 'whatever follows').toEqual(fault)
    expect(refused(() => decodeUwsgi(packetOf(bytesOf(block)), { limits: { maxVars: 13107 } }))).toEqual(fault)
  })

  it('never before the whole block is there', () => {
    for (const [, block] of faults) {
      const bytes = packetOf(bytesOf(block))
      for (let cut = 0; cut < bytes.length; cut++) expect(decodeUwsgi(bytes.subarray(0, cut))).toBeNull()
    }
  })

  it('with a message that holds no byte of the peer', () => {
    const secret = 'hunter2'
    const blocks = [`\x07\0${secret}\0\x01`, `\x40\0${secret}`, `\x07\0${secret}`, `\x07\0${secret}\x01\0x\0\0`]
    const all = [...blocks.map(block => packetOf(bytesOf(block))), packet([['CONTENT_LENGTH', secret]])]
    for (const bytes of all) expect(() => decodeUwsgi(bytes))
      .toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }))
  })
})

describe('CONTENT_LENGTH', () => {
  const valueAt = packet([['CONTENT_LENGTH', '']]).length
  const beyond64 = String(2n ** 64n + 1n)

  it.each([['0', 0], ['', 0], ['5', 5], ['0005', 5], ['0'.repeat(19), 0], ['0'.repeat(18) + '7', 7], ['9007199254740991', 2 ** 53 - 1]])(
    '%j frames %d bytes', (value, length) => {
      const head = decodeUwsgi(packet([['CONTENT_LENGTH', value]]))!
      expect(head.framing).toEqual(length === 0 ? { kind: 'none' } : { kind: 'length', length })
      expect(head.get('CONTENT_LENGTH')).toBe(value)
    })

  it.each([
    ['+5', 0], ['-1', 0], [' 5', 0], ['5 ', 1], ['5abc', 1], ['5, 5', 1], ['5,5', 1], ['0x5', 1], ['1_0', 1], ['1e3', 1], ['5.0', 1],
    ['5\n', 1],
    ['5\0', 1], ['\0', 0], ['\xB2', 0], ['abc', 0], ['0'.repeat(20), 19], [beyond64, 19], ['9007199254740992', 0], ['9'.repeat(19), 0]
  ])('%j is refused at character %d', (value, character) => {
    expect(refused(() => decodeUwsgi(packet([['CONTENT_LENGTH', value]]))))
      .toEqual({ code: 'ERR_UWSGI_BAD_CONTENT_LENGTH', offset: valueAt + character, status: 400 })
  })

  const given = (values: readonly string[]): Buffer => packet(values.flatMap((value): Var[] => [['CONTENT_LENGTH', value], ['X', 'y']]))

  it.each([[['', '0'], 0], [['0', ''], 0], [['0', '', '000'], 0], [['5', '5'], 5], [['5', '05'], 5], [['007', '7', '07'], 7]])(
    'given as %j frames %d bytes', (values, length) => {
      const head = decodeUwsgi(given(values))!
      expect(head.framing).toEqual(length === 0 ? { kind: 'none' } : { kind: 'length', length })
      expect([head.get('CONTENT_LENGTH'), head.environ['CONTENT_LENGTH']]).toEqual([values.at(-1), values.at(-1)])
    })

  it.each([[['5', '6'], 1], [['5', ''], 1], [['', '5'], 1], [['0', '5'], 1], [['5', '5', '6'], 2], [['6', '6', ''], 2]])(
    'given as %j is refused where the other value stands', (values, second) => {
      const offset = given(values.slice(0, second)).length + valueAt - 4
      expect(refused(() => decodeUwsgi(given(values)))).toEqual({ code: 'ERR_UWSGI_CONTENT_LENGTH_CONFLICT', offset, status: 400 })
    })

  it('is checked each time, also the second one', () => {
    expect(refused(() => decodeUwsgi(given(['5', '5x']))).code).toBe('ERR_UWSGI_BAD_CONTENT_LENGTH')
    expect(refused(() => decodeUwsgi(given(['5x', '5']))).code).toBe('ERR_UWSGI_BAD_CONTENT_LENGTH')
  })

  it('is nothing special under other names', () => {
    for (const key of ['HTTP_CONTENT_LENGTH', 'content_length', 'CONTENT_LENGTHS', 'CONTENT_LENGT', 'XCONTENT_LENGTH',
      'CONTENT_LENGTH\0']) {
      expect(decodeUwsgi(packet([[key, '+5']]))!.framing).toEqual({ kind: 'none' })
    }
    expect(decodeUwsgi(packet([['HTTP_TRANSFER_ENCODING', 'chunked']]))!.framing).toEqual({ kind: 'none' })
  })
})

describe('modifier1', () => {
  // WSGI, PSGI, Lua, Rack, JVM, CGI, Go, PHP, Mono, symcall, SSI, XSLT, V8, GridFS, 26, 27, Rados, WSGI with SCRIPT_NAME, WebDAV, C++
  const requests = [0, 5, 6, 7, 8, 9, 11, 14, 15, 18, 19, 23, 24, 25, 26, 27, 28, 30, 35, 250]

  it('announces a request for just these values', () => {
    expect([...requestModifiers].sort((a, b) => a - b)).toEqual(requests)
  })

  it('decides whether CONTENT_LENGTH frames content', () => {
    for (let modifier1 = 0; modifier1 < 256; modifier1++) {
      const head = decodeUwsgi(packet([['CONTENT_LENGTH', '5']], modifier1, 255 - modifier1))!
      expect([head.modifier1, head.modifier2]).toEqual([modifier1, 255 - modifier1])
      expect(head.framing).toEqual(requests.includes(modifier1) ? { kind: 'length', length: 5 } : { kind: 'none' })
      if (requests.includes(modifier1)) continue
      for (const value of ['+5', 'abc', '9'.repeat(30)]) {
        expect(decodeUwsgi(packet([['CONTENT_LENGTH', value]], modifier1))!.framing).toEqual({ kind: 'none' })
      }
      expect(decodeUwsgi(packet([['CONTENT_LENGTH', '5'], ['CONTENT_LENGTH', '6']], modifier1))!.framing).toEqual({ kind: 'none' })
    }
  })
})

describe('a vars block', () => {
  it('may be empty', () => {
    const head = decodeUwsgi(packet([]))!
    expect([head.byteLength, head.fields(), Object.keys(head.environ), head.get('A'), head.framing])
      .toEqual([4, [], [], undefined, { kind: 'none' }])
  })

  it.each<[string, Var]>([
    ['a key of 65 531 bytes', ['k'.repeat(65531), '']], ['a value of 65 530 bytes', ['k', 'v'.repeat(65530)]],
    ['key and value of some 32 KiB', ['k'.repeat(32768), 'v'.repeat(32763)]]
  ])('may have %s', (_, variable) => {
    const [key, value] = variable
    const bytes = packet([variable])
    expect(bytes.length).toBe(65539)
    const head = decodeUwsgi(bytes)!
    expect(head.byteLength).toBe(65539)
    expect(head.get(key)).toBe(value)
    expect(head.has(key)).toBe(true)
    expect(Buffer.from(head.getBytes(key)!).toString('latin1')).toBe(value)
    expect(Object.entries(head.environ)).toEqual([variable])
    expect(decodeUwsgi(bytes.subarray(0, 65538))).toBeNull()
  })

  it('may have 13 107 variables', () => {
    const vars = Array.from({ length: 13107 }, (_, i): Var => [String.fromCharCode(i % 256), ''])
    const head = decodeUwsgi(packet(vars), { limits: { maxVars: 13107 } })!
    expect(head.fields()).toEqual(vars)
    expect(Object.keys(head.environ)).toHaveLength(256)
  })

  it('is passed through verbatim, every byte in keys and values', () => {
    const vars: Var[] = [...allBytes].map(character => [`K${character}`, character])
    vars.push([allBytes, allBytes], ['a=b', 'c=d'], ['PATH_INFO', '/%2F\0'], ['lower-case', ''], ['\0', '\0'])
    const head = decodeUwsgi(packet(vars))!
    expect(head.fields()).toEqual(vars)
    expect(vars.map(([key]) => head.get(key))).toEqual(vars.map(([, value]) => value))
    expect(vars.map(([key]) => Buffer.from(head.getBytes(key)!).toString('latin1'))).toEqual(vars.map(([, value]) => value))
    expect(Object.keys(head.environ).sort()).toEqual(vars.map(([key]) => key).sort())
  })

  it('is incomplete at every cut, and ends where datasize says', () => {
    const bytes = packet(ordinary)
    for (let cut = 0; cut < bytes.length; cut++) expect(decodeUwsgi(bytes.subarray(0, cut))).toBeNull()
    for (const behind of ['x', '\0'.repeat(9), 'GET / HTTP/1.1']) {
      const head = decodeUwsgi(Buffer.concat([bytes, bytesOf(behind)]))!
      expect([head.byteLength, head.fields()]).toEqual([bytes.length, ordinary])
    }
  })

  it('stands at any offset of a larger buffer', () => {
    for (let before = 0; before < 17; before++) {
      const bytes = Buffer.concat([Buffer.alloc(before, 0xFF), packet(ordinary), Buffer.alloc(before, 0xFF)]).subarray(before)
      const head = decodeUwsgi(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))!
      expect(head.fields()).toEqual(ordinary)
      expect(Buffer.from(head.getBytes('HTTP_X_CUSTOM')!).toString('latin1')).toBe('caf\u00E9')
    }
  })

  it('tells names apart that differ in one byte', () => {
    for (const [name] of ordinary) {
      for (let i = 0; i < name.length; i++) {
        const other = name.slice(0, i) + '~' + name.slice(i + 1)
        const head = decodeUwsgi(packet([[other, 'other']]))!
        expect([head.get(name), head.has(name), head.getBytes(name), head.get(other), Object.keys(head.environ)])
          .toEqual([undefined, false, undefined, 'other', [other]])
      }
    }
  })
})

describe('an array', () => {
  const strings = (items: readonly Uint8Array[]): string[] => items.map(bytes => Buffer.from(bytes).toString('latin1'))

  it.each([[[]], [['hello']], [['hello', '', 'bb', '']], [['']], [[allBytes, '\0']]])('of %j decodes to its items', items => {
    const bytes = arrayPacket(items, 173, 2)
    const array = decodeUwsgiArray(Buffer.concat([bytes, bytesOf('behind')]))!
    expect([array.byteLength, array.modifier1, array.modifier2, strings(array.items)]).toEqual([bytes.length, 173, 2, items])
    for (let cut = 0; cut < bytes.length; cut++) expect(decodeUwsgiArray(bytes.subarray(0, cut))).toBeNull()
  })

  it('may have 32 767 empty items, or one of 65 533 bytes', () => {
    expect(strings(decodeUwsgiArray(packetOf(new Uint8Array(65534)))!.items)).toEqual(Array.from({ length: 32767 }, () => ''))
    expect(strings(decodeUwsgiArray(arrayPacket(['x'.repeat(65533)]))!.items)).toEqual(['x'.repeat(65533)])
  })

  it('has items that are views on the input', () => {
    const bytes = arrayPacket(['hello', 'world'])
    const { items } = decodeUwsgiArray(bytes)!
    bytes.write('W', bytes.indexOf('world'))
    expect(items.map(item => item.buffer === bytes.buffer)).toEqual([true, true])
    expect(strings(items)).toEqual(['hello', 'World'])
  })

  it.each([
    ['\x01', 'ITEM_LENGTH_TRUNCATED', 4], ['\x01\0a\x02', 'ITEM_LENGTH_TRUNCATED', 7],
    ['\x01\0', 'ITEM_OVERRUN', 4], ['\x01\0a\x02\0b', 'ITEM_OVERRUN', 7], ['\xFF\xFFa', 'ITEM_OVERRUN', 4]
  ])('that reads %j is refused', (payload, code, offset) => {
    expect(refused(() => decodeUwsgiArray(packetOf(bytesOf(payload), 173)))).toEqual({ code: `ERR_UWSGI_${code}`, offset, status: 400 })
  })

  it('is refused beyond maxPacketBytes', () => {
    const options = { limits: { maxPacketBytes: 8 } }
    expect(strings(decodeUwsgiArray(arrayPacket(['123456']), options)!.items)).toEqual(['123456'])
    expect(refused(() => decodeUwsgiArray(arrayPacket(['1234567']), options)))
      .toEqual({ code: 'ERR_UWSGI_PACKET_TOO_LARGE', offset: 1, status: 431 })
  })
})
