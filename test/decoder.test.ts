// RequestDecoder: the same events however the bytes are cut, refusals that stay, and what is left over. Sans-I/O, so no socket here.
import { describe, expect, it } from 'vitest'
import { type DecoderEvent, ProtocolError, RequestDecoder, type RequestDecoderOptions, requestModifiers } from '../src/index.js'
import { allBytes, environOf, ordinary, packet, packetOf, type Var } from './packet.js'
import { everyByte, stream } from './stream.js'
import { mistake, refused } from './verdicts.js'

const decoder = (options: Partial<RequestDecoderOptions> = {}): RequestDecoder => new RequestDecoder({ protocol: 'uwsgi', ...options })
const post = (content: string): Var[] =>
  [['CONTENT_LENGTH', String(content.length)], ...ordinary.filter(([key]) => key !== 'CONTENT_LENGTH')]
const request = (content: string, behind = ''): Buffer => Buffer.concat([packet(post(content)), Buffer.from(content + behind, 'latin1')])
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const drain = (of: RequestDecoder): DecoderEvent[] => [...of]

describe('the events of a request', () => {
  const content = allBytes + 'x'.repeat(300)
  const whole = request(content)

  it('are head, content, end', () => {
    const of = decoder()
    of.push(whole)
    const events = drain(of)
    expect(events.map(({ type }) => type)).toEqual(['head', 'content', 'end'])
    const { length } = content
    expect(events[0]).toMatchObject({ head: { byteLength: whole.length - length, framing: { kind: 'length', length } } })
    expect(events[2]).toEqual({ type: 'end', trailers: [] })
    expect([of.next(), of.next(), drain(of)]).toEqual([null, null, []])
    expect(() => of.end()).not.toThrow()
  })

  it('are head and end at once without content', () => {
    for (const length of ['', '0', '000']) {
      const of = decoder()
      of.push(packet([['CONTENT_LENGTH', length]]))
      expect(drain(of).map(({ type }) => type)).toEqual(['head', 'end'])
    }
    const of = decoder()
    of.push(packet([]))
    expect(drain(of).map(({ type }) => type)).toEqual(['head', 'end'])
  })

  it('are the same for every two cuts', () => {
    const small = request('hello')
    for (const first of everyByte(small.length)) {
      for (const second of [first, ...everyByte(small.length).filter(cut => cut > first && cut % 7 === first % 7)]) {
        const out = stream(decoder(), small, [first, second], true)
        const right = out.order === 'head content end' && text(out.content) === 'hello' && out.error === undefined
        if (!right) expect([first, second, out]).toBeNull()
        if (second === first) expect(out.heads[0]!.environ).toEqual(environOf(post('hello')))
      }
    }
  })

  it('are the same byte by byte, and with empty chunks in between', () => {
    for (const cuts of [everyByte(whole.length), everyByte(whole.length).flatMap(cut => [cut, cut, cut])]) {
      const out = stream(decoder(), whole, cuts, true)
      expect([out.order, out.error, text(out.content)]).toEqual(['head content end', undefined, content])
      expect(out.heads[0]!.fields()).toEqual(post(content))
    }
  })

  it('are the same when everything is pushed before the first is asked for', () => {
    for (const size of [1, 2, 3, 5, 64, 1000]) {
      const of = decoder()
      for (let at = 0; at < whole.length; at += size) of.push(Uint8Array.from(whole.subarray(at, at + size)))
      const events = drain(of)
      expect(events.filter(({ type }) => type === 'head')).toHaveLength(1)
      expect(Buffer.concat(events.flatMap(event => event.type === 'content' ? [event.bytes] : [])).toString('latin1')).toBe(content)
      expect(events.at(-1)!.type).toBe('end')
    }
  })

  it('are the same for very many chunks that were pushed before anybody asked', () => {
    const of = decoder()
    const count = 200_000
    of.push(packet([['CONTENT_LENGTH', String(count)]]))
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) of.push(bytes.subarray(i, i + 1))
    expect(of.rest()).toHaveLength(packet([['CONTENT_LENGTH', String(count)]]).length + count)
    expect(drain(of)).toHaveLength(count + 2)
    expect(of.rest()).toHaveLength(0)
  })

  it('come one at a time, by next or by the iterator, in any mixture', () => {
    const of = decoder()
    expect(of.next()).toBeNull()
    of.push(whole.subarray(0, whole.length - 1))
    expect(of.next()?.type).toBe('head')
    for (const event of of) { expect(event.type).toBe('content'); break }
    expect(drain(of)).toEqual([])
    of.push(whole.subarray(whole.length - 1))
    expect([of.next()?.type, of.next()?.type, of.next()]).toEqual(['content', 'end', null])
  })

  it('have content that is a view on the pushed chunk, never empty and never too much', () => {
    const of = decoder()
    const first = Uint8Array.from(request('hello world').subarray(0, -4))
    const second = Uint8Array.from(Buffer.from('orldbehind'))
    for (const chunk of [first, new Uint8Array(0), second]) of.push(chunk)
    const views = drain(of).flatMap(event => event.type === 'content' ? [event.bytes] : [])
    expect(views.map(view => view.buffer)).toEqual([first.buffer, second.buffer])
    expect(views.map(text)).toEqual(['hello w', 'orld'])
  })

  it('do not follow a second request: what comes after the content is ignored, and kept', () => {
    const of = decoder()
    of.push(request('abc', 'GET / HTTP/1.1'))
    expect(drain(of).map(({ type }) => type)).toEqual(['head', 'content', 'end'])
    of.push(packet(ordinary))
    of.push(Buffer.from([255]))
    expect(of.next()).toBeNull()
    expect(() => of.end()).not.toThrow()
    expect(text(of.rest())).toBe(`GET / HTTP/1.1${text(packet(ordinary))}\xFF`)
  })

  it('are those of the largest packet and of long content', () => {
    const vars: Var[] = [['CONTENT_LENGTH', '300000'], ['X', 'x'.repeat(65506)]]
    const bytes = Buffer.concat([packet(vars), Buffer.alloc(300000, 'c')])
    expect(bytes.readUInt16LE(1)).toBe(65535)
    for (const cuts of [[], [1], [4], [65000], [bytes.length - 1], everyByte(70000), Array.from({ length: 90 }, (_, i) => i * 4000)]) {
      const out = stream(decoder(), bytes, cuts, true)
      expect([out.order, out.error, out.content.length]).toEqual(['head content end', undefined, 300000])
      expect(out.heads[0]!.fields()).toEqual(vars)
    }
  })

  it('of every request modifier, with its modifiers', () => {
    for (const modifier1 of requestModifiers) {
      const out = stream(decoder(), packet(ordinary, modifier1, 9), [2], true)
      expect([out.order, out.heads[0]!.modifier1, out.heads[0]!.modifier2]).toEqual(['head end', modifier1, 9])
    }
  })
})

describe('a packet that comes a byte at a time', () => {
  it('is copied a bounded number of times', () => {
    const bytes = packet([['X', 'x'.repeat(65000)]])
    const { set } = Uint8Array.prototype
    let copied = 0
    Uint8Array.prototype.set = function (source, offset) {
      copied += source.length
      set.call(this, source, offset)
    }
    try {
      const of = decoder()
      for (let i = 0; i < bytes.length; i++) of.push(bytes.subarray(i, i + 1))
      expect(of.next()?.type).toBe('head')
    } finally {
      Uint8Array.prototype.set = set
    }
    expect(copied).toBeLessThan(5 * bytes.length)
  })
})

describe('a refusal', () => {
  const cases: Array<[string, Buffer, Partial<RequestDecoderOptions>, string, number, number]> = [
    ['of an empty key', packetOf(Buffer.from('\x01\0A\0\0\0\0\0\0')), {}, 'ERR_UWSGI_EMPTY_KEY', 9, 400],
    ['of a key that overruns', packetOf(Buffer.from('\x01\0A\0\0\x09\0A')), {}, 'ERR_UWSGI_KEY_OVERRUN', 9, 400],
    ['of a bad CONTENT_LENGTH', packet([['CONTENT_LENGTH', '5x']]), {}, 'ERR_UWSGI_BAD_CONTENT_LENGTH', 23, 400],
    ['of a repeated variable', packet([['HTTP_A', ''], ['HTTP_A', '']]), { duplicates: 'refuse' }, 'ERR_UWSGI_DUPLICATE_VAR', 16, 400],
    ['of much content', packet([['CONTENT_LENGTH', '11']]), { limits: { maxContentBytes: 10 } }, 'ERR_UWSGI_CONTENT_TOO_LARGE', 22, 413],
    ['of too many variables', packet([['A', ''], ['B', '']]), { limits: { maxVars: 1 } }, 'ERR_UWSGI_TOO_MANY_VARS', 9, 431],
    ['of a packet over the limit', packet(ordinary), { limits: { maxPacketBytes: 99 } }, 'ERR_UWSGI_PACKET_TOO_LARGE', 1, 431],
    ['of a service packet', packet(ordinary, 111, 17), {}, 'ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0, 501]
  ]
  it.each(cases)('%s is the same however it is cut, stays, and makes pushes ignored', (_, bytes, options, code, offset, status) => {
    const last = bytes.length - 1
    for (const cuts of [[], everyByte(bytes.length), [1], [2], [3], [4], [5], [last]]) {
      const of = decoder(options)
      const out = stream(of, Buffer.concat([bytes, Buffer.from('behind')]), cuts, false)
      expect(out).toMatchObject({ order: '', error: { name: 'ProtocolError', code, offset, status } })
      for (let again = 0; again < 3; again++) {
        of.push(packet(ordinary))
        expect(() => of.next()).toThrow(out.error as Error)
        expect(() => drain(of)).toThrow(out.error as Error)
        expect(() => of.end()).toThrow(out.error as Error)
      }
      try { of.next() } catch (error) { expect(error).toBe(out.error) }
    }
  })

  it('of a modifier that is no request comes with the first byte', () => {
    for (let modifier1 = 0; modifier1 < 256; modifier1++) {
      const of = decoder()
      of.push(Buffer.from([modifier1]))
      if (requestModifiers.has(modifier1)) expect(of.next()).toBeNull()
      else expect(refused(() => of.next())).toEqual({ code: 'ERR_UWSGI_MODIFIER_NOT_A_REQUEST', offset: 0, status: 501 })
    }
  })

  it('of a size over the limit comes with the header, in one piece or four', () => {
    for (const cuts of [[], [1], [1, 2, 3]]) {
      const out = stream(decoder({ limits: { maxPacketBytes: 4096 } }), Buffer.from([0, 1, 16, 0]), cuts, false)
      expect(out.error).toMatchObject({ code: 'ERR_UWSGI_PACKET_TOO_LARGE', offset: 1, status: 431 })
    }
    expect(stream(decoder({ limits: { maxPacketBytes: 4096 } }), Buffer.from([0, 0, 16, 0]), [], false).error).toBeUndefined()
  })

  it('never comes before the block is there', () => {
    const bytes = packetOf(Buffer.from('\0\0\0\0\0'))
    for (const cut of everyByte(bytes.length)) {
      const of = decoder()
      of.push(bytes.subarray(0, cut))
      expect(of.next()).toBeNull()
    }
  })
})

describe('end', () => {
  it('is fine before the first byte and after the last', () => {
    decoder().end()
    const of = decoder()
    of.push(request('abc'))
    of.end()
    of.push(request('late')) // nothing comes after the end
    expect(drain(of).map(({ type }) => type)).toEqual(['head', 'content', 'end'])
    of.end()
    expect(of.next()).toBeNull()
  })

  it('inside the packet is a refusal, which stays', () => {
    const bytes = packet(ordinary)
    for (const cut of everyByte(bytes.length)) {
      for (const asked of [false, true]) {
        const of = decoder()
        of.push(bytes.subarray(0, cut))
        if (asked) expect(of.next()).toBeNull()
        const truncated = { code: 'ERR_UWSGI_PACKET_TRUNCATED', offset: cut, status: 400 }
        expect(refused(() => of.end())).toEqual(truncated)
        of.push(bytes.subarray(cut))
        expect(refused(() => of.next())).toEqual(truncated)
        expect(refused(() => of.end())).toEqual(truncated)
      }
    }
  })

  it('inside the content is a refusal, after what had come', () => {
    for (const asked of [0, 1, 2]) {
      const bytes = request('hello').subarray(0, -2)
      const of = decoder()
      of.push(bytes)
      const early = Array.from({ length: asked }, () => of.next())
      const truncated = { code: 'ERR_UWSGI_CONTENT_TRUNCATED', offset: bytes.length, status: 400 }
      expect(refused(() => of.end())).toEqual(truncated)
      const late: Array<DecoderEvent | null> = []
      expect(refused(() => { for (const event of of) late.push(event) })).toEqual(truncated)
      expect([...early, ...late].map(event => event?.type)).toEqual(['head', 'content'])
      of.push(Buffer.from('lo'))
      expect(refused(() => of.next())).toEqual(truncated)
    }
  })

  it('says what was wrong with a packet that nobody had asked for', () => {
    const of = decoder()
    of.push(packet([['CONTENT_LENGTH', 'x']]))
    expect(refused(() => of.end()).code).toBe('ERR_UWSGI_BAD_CONTENT_LENGTH')
    expect(refused(() => of.next()).code).toBe('ERR_UWSGI_BAD_CONTENT_LENGTH')
  })
})

describe('rest', () => {
  it('is what was pushed and not parsed, in each state', () => {
    const bytes = request('hello', 'more')
    const headLength = bytes.length - 9
    const of = decoder()
    expect(text(of.rest())).toBe('')
    of.push(bytes.subarray(0, 3))
    expect(text(of.rest())).toBe(text(bytes.subarray(0, 3)))
    expect(of.next()).toBeNull()
    expect(text(of.rest())).toBe(text(bytes.subarray(0, 3)))
    of.push(bytes.subarray(3, 20))
    of.push(bytes.subarray(20, 30))
    expect(text(of.rest())).toBe(text(bytes.subarray(0, 30)))
    expect(of.next()).toBeNull()
    of.push(bytes.subarray(30))
    expect(of.next()?.type).toBe('head')
    expect(text(of.rest())).toBe(text(bytes.subarray(headLength)))
    expect(of.next()?.type).toBe('content')
    expect(text(of.rest())).toBe('more')
    expect(of.next()?.type).toBe('end')
    of.push(Buffer.from('!'))
    expect(text(of.rest())).toBe('more!')
  })

  it('does not take anything away', () => {
    const of = decoder()
    of.push(request('hello'))
    of.rest()
    expect(drain(of).map(({ type }) => type)).toEqual(['head', 'content', 'end'])
    expect(of.rest()).toHaveLength(0)
    of.resume()
    expect(of.next()).toBeNull()
  })
})

describe('misuse of a decoder', () => {
  it.each([[undefined], [null], [{}], [{ protocol: 'fastcgi' }], [{ protocol: 'UWSGI' }], ['uwsgi']])('new with %j', options => {
    expect(mistake(() => new RequestDecoder(options as unknown as RequestDecoderOptions))).toBe('TypeError ERR_INVALID_OPTION')
  })

  it('options are checked at once', () => {
    expect(mistake(() => decoder({ limits: { maxVars: -1 } }))).toBe('RangeError ERR_OUT_OF_RANGE')
    expect(mistake(() => decoder({ duplicates: 'first' as 'last' }))).toBe('TypeError ERR_INVALID_OPTION')
  })

  it('a bad chunk is refused and changes nothing', () => {
    const of = decoder()
    const bytes = request('hello')
    of.push(bytes.subarray(0, 10))
    expect(mistake(() => of.push('text' as unknown as Uint8Array))).toBe('TypeError ERR_INVALID_ARG_TYPE')
    expect(of.next()).toBeNull()
    expect(mistake(() => of.push(new Uint8Array(new SharedArrayBuffer(8))))).toBe('TypeError ERR_SHARED_BYTES')
    of.push(bytes.subarray(10))
    expect(drain(of).map(({ type }) => type)).toEqual(['head', 'content', 'end'])
  })

  it('a chunk that is detached while it waits is the fault of the caller, not of the peer, and no byte is lost unnoticed', () => {
    const bytes = request('hello')
    for (const cut of [0, 2, 50, bytes.length - 5, bytes.length - 2]) {
      const of = decoder()
      if (cut > 0) of.push(bytes.subarray(0, cut))
      drain(of)
      const waiting = Uint8Array.from(bytes.subarray(cut))
      of.push(waiting)
      structuredClone(waiting.buffer, { transfer: [waiting.buffer] })
      for (let again = 0; again < 3; again++) expect(mistake(() => of.next()), `after ${cut} bytes`).toBe('TypeError ERR_DETACHED_BYTES')
    }
  })

  it('is told apart from the errors of the peer', () => {
    expect(() => decoder().push(5 as unknown as Uint8Array)).not.toThrow(ProtocolError)
  })
})
