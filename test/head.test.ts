// RequestHead: every accessor agrees with every other, a head stays valid for as long as it is held, and bytes that change behind its
// back cost nothing but the answers of that head.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, encodeUwsgi, RequestDecoder, type RequestHead } from '../src/index.js'
import { environOf, ordinary, packet, type Var } from './packet.js'

const latin1 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')

/** Everything that a head says. */
function facts (head: RequestHead): unknown {
  const names = [...new Set(head.fields().map(([name]) => name)), 'NO_SUCH_VAR']
  return {
    shown: [head.protocol, head.byteLength, head.modifier1, head.modifier2, head.framing, head.keepAlive, head.expectContinue,
      head.upgrade],
    fields: head.fields(),
    values: names.map(name => [name, head.get(name), latin1(head.getBytes(name)), head.has(name)]),
    environ: Object.entries(head.environ)
  }
}

const many = packet(Array.from({ length: 1000 }, (_, i): Var => [`NAME_${i}`, '']))

/** Decodes so many variables that no index of an earlier head can still stand anywhere. */
function decodeMuch (): void {
  for (let i = 0; i < 100; i++) decodeUwsgi(many)
}

const shop = (i: number): Var[] => [...ordinary, ['REQUEST_ID', String(i)], [`HTTP_X_${i % 7}`, `value ${i}`]]

describe('a head', () => {
  it('says what the packet holds', () => {
    const head = decodeUwsgi(packet([...ordinary, ['CONTENT_LENGTH', '0']], 5, 9))!
    expect([head.protocol, head.modifier1, head.modifier2, head.keepAlive, head.expectContinue, head.upgrade])
      .toEqual(['uwsgi', 5, 9, false, false, undefined])
    expect(head.fields()).toEqual([...ordinary, ['CONTENT_LENGTH', '0']])
  })

  it('answers each accessor alike, the first time, later, and however often its shape was seen', () => {
    for (let i = 0; i < 40; i++) {
      const vars = shop(3)
      const head = decodeUwsgi(packet(vars))!
      // The order of the questions changes: what one of them caches must not change what the next one answers.
      const questions = [
        () => expect(vars.map(([key]) => head.get(key))).toEqual(vars.map(([, value]) => value)),
        () => expect(vars.map(([key]) => latin1(head.getBytes(key)))).toEqual(vars.map(([, value]) => value)),
        () => expect(vars.every(([key]) => head.has(key))).toBe(true),
        () => expect(head.fields()).toEqual(vars),
        () => expect(head.environ).toEqual(environOf(vars))
      ]
      for (let k = 0; k < 2 * questions.length; k++) questions[(i + k) % questions.length]!()
      expect([head.get('NO'), head.has('NO'), head.getBytes('NO'), head.get(''), head.has(''), head.getBytes('')])
        .toEqual([undefined, false, undefined, undefined, false, undefined])
      expect([head.get('HTTP_X_\u0130'), head.has('A'.repeat(70000))]).toEqual([undefined, false])
    }
  })

  it('keeps one environ, which the caller may change without the head noticing', () => {
    for (let i = 0; i < 20; i++) {
      const head = decodeUwsgi(packet(ordinary))!
      const { environ } = head
      environ['REQUEST_METHOD'] = 'changed'
      environ['ADDED'] = 'added'
      delete environ['PATH_INFO']
      expect(head.environ).toBe(environ)
      expect([head.get('REQUEST_METHOD'), head.get('ADDED'), head.get('PATH_INFO')]).toEqual(['GET', undefined, '/x'])
      expect(head.fields()).toEqual(ordinary)
      expect(head.detach().environ).toEqual(environOf(ordinary))
      expect(decodeUwsgi(encodeUwsgi(head))!.environ).toEqual(environOf(ordinary))
    }
  })

  it('gives fresh fields each time', () => {
    const head = decodeUwsgi(packet(ordinary))!
    head.fields()[0]![1] = 'changed'
    head.fields().pop()
    expect(head.fields()).toEqual(ordinary)
  })

  it('has bytes that are views on the input', () => {
    for (const size of [1, 5000, 60000]) {
      const bytes = packet([...ordinary, ['HTTP_X_LONG', 'x'.repeat(size)]])
      const value = decodeUwsgi(bytes)!.getBytes('HTTP_X_LONG')!
      expect([value.buffer === bytes.buffer, value.byteOffset, value.length]).toEqual([true, bytes.byteOffset + bytes.length - size, size])
      bytes[bytes.length - 1] = 0x79
      expect(value.at(-1)).toBe(0x79)
    }
    expect(decodeUwsgi(packet(ordinary))!.getBytes('QUERY_STRING')).toHaveLength(0)
  })
})

describe('a head stays valid', () => {
  it('after 100 000 later decodes', () => {
    const long: Var = ['HTTP_X_LONG', 'x'.repeat(9000)]
    const kept = [shop(1), [...shop(2), long], []].map(vars => ({ vars, head: decodeUwsgi(packet(vars, 5, 6))! }))
    const later = Array.from({ length: 50 }, (_, i) => packet(shop(i)))
    for (let i = 0; i < 100_000; i++) decodeUwsgi(later[i % later.length]!)
    for (const { vars, head } of kept) expect(facts(head)).toEqual(facts(decodeUwsgi(packet(vars, 5, 6))!))
  })

  it('between other heads, refused packets and incomplete ones, in any order', () => {
    const large = Array.from({ length: 900 }, (_, i): Var => [`NAME_${i}`, `${i}`])
    const all = Array.from({ length: 60 }, (_, i) => i % 10 === 0 ? [...large, ...shop(i)] : shop(i))
    const heads = all.map(vars => decodeUwsgi(packet(vars))!)
    const huge = Buffer.concat([Buffer.from([0, 0xFF, 0xFF, 0]), Buffer.alloc(40_000, 1)])
    for (let round = 0; round < 300; round++) {
      const i = (round * 37) % heads.length
      expect(heads[i]!.get('REQUEST_ID')).toBe(String(i))
      expect(decodeUwsgi(huge)).toBeNull()
      expect(() => decodeUwsgi(packet([['CONTENT_LENGTH', 'x']]))).toThrow()
      expect(latin1(heads[i]!.getBytes(`HTTP_X_${i % 7}`))).toBe(`value ${i}`)
    }
    for (const [i, head] of heads.entries()) expect(head.fields()).toEqual(all[i])
    for (const [i, head] of heads.entries()) expect(head.environ).toEqual(environOf(all[i]!))
  })

  it('whatever limits the calls in between use', () => {
    const head = decodeUwsgi(packet(shop(4)))!
    const strict = { limits: { maxVars: 1, maxPacketBytes: 100, maxContentBytes: 0 } }
    decodeMuch()
    decodeUwsgi(packet([['A', 'b']]), strict)
    expect(facts(head)).toEqual(facts(decodeUwsgi(packet(shop(4)))!))
  })

  it('after its decoder has moved on', () => {
    const decoders = Array.from({ length: 20 }, () => new RequestDecoder({ protocol: 'uwsgi' }))
    const heads = decoders.map((decoder, i) => {
      const bytes = packet([['CONTENT_LENGTH', '3'], ...shop(i).slice(4)])
      decoder.push(bytes.subarray(0, 10 + 9 * i))
      decoder.push(Buffer.concat([bytes.subarray(10 + 9 * i), Buffer.from('abc')]))
      const event = decoder.next()
      return event?.type === 'head' ? event.head : expect.unreachable()
    })
    for (const decoder of decoders) for (const event of decoder) expect(event.type).not.toBe('head')
    for (const [i, head] of heads.entries()) expect(head.environ).toEqual(environOf([['CONTENT_LENGTH', '3'], ...shop(i).slice(4)]))
  })
})

describe('detach', () => {
  it('gives the same head on bytes of its own', () => {
    for (const size of [0, 100, 8000]) {
      const bytes = packet([...shop(1), ['HTTP_X_LONG', 'x'.repeat(size)], ['HTTP_ACCEPT', 'b']], 30, 7)
      const expected = facts(decodeUwsgi(Buffer.from(bytes))!)
      const owner = decodeUwsgi(bytes)!
      const own = owner.detach()
      bytes.fill(0xFF)
      expect(facts(own)).toEqual(expected)
      expect(own.getBytes('HTTP_HOST')!.buffer).not.toBe(bytes.buffer)
      expect(facts(own.detach())).toEqual(expected)
    }
  })

  it('survives the transfer of the original bytes', () => {
    const bytes = Uint8Array.from(packet(shop(2)))
    const own = decodeUwsgi(bytes)!.detach()
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(own.environ).toEqual(environOf(shop(2)))
    expect(latin1(own.getBytes('REQUEST_ID'))).toBe('2')
  })

  it('keeps the options of the head', () => {
    const vars: Var[] = [['HTTP_ACCEPT', 'a'], ['HTTP_ACCEPT', 'b']]
    expect(decodeUwsgi(packet(vars), { duplicates: 'last' })!.detach().get('HTTP_ACCEPT')).toBe('b')
    expect(decodeUwsgi(packet(vars))!.detach().get('HTTP_ACCEPT')).toBe('a, b')
  })

  it('leaves what follows the packet behind', () => {
    const own = decodeUwsgi(Buffer.concat([packet(ordinary), Buffer.alloc(100_000)]))!.detach()
    expect(own.getBytes('HTTP_HOST')!.buffer.byteLength).toBe(packet(ordinary).length)
  })
})
