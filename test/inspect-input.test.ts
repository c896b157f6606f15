// What `gatewire inspect` reads: bytes as they are, hex text of several tools (test/corpus/hex_text has what they print), strings, captured
// packets, and several requests one behind the other.
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeInput, type InputFormat } from '../src/cli/hex_text.js'
import { clientFlows } from '../src/cli/tcp_flows.js'
import { encodeUwsgi } from '../src/index.js'
import { facts, run } from './inspection.js'

const corpus = new URL('corpus/hex_text/', import.meta.url)
const textOf = (name: string): string => readFileSync(new URL(`${name}.txt`, corpus), 'latin1')
const packet = readFileSync(new URL('packet.bin', corpus))
const decoded = (text: string, format: InputFormat = 'auto') => decodeInput(Buffer.from(text, 'latin1'), format)

/** What each text is read as. */
const FORMS: Readonly<Record<string, string>> = {
  'array': 'hex', 'c': 'string', 'colons': 'hex', 'digits': 'hex', 'hexdump': 'hexdump', 'hexdump-C': 'hexdump -C', 'json': 'string', 'od': 'od',
  'od-Ad-t-x1': 'od -t x1', 'od-An-t-x1': 'hex', 'od-Ax-t-x1z': 'od -t x1', 'od-t-x1': 'od -t x1', 'od-x': 'hexdump', 'python': 'string',
  'shell': 'string', 'wireshark': 'Wireshark', 'xxd': 'xxd', 'xxd-g1': 'xxd', 'xxd-i': 'hex', 'xxd-p': 'hex'
}

describe('text', () => {
  it('has every form that the corpus has', () => {
    const names = readdirSync(corpus).filter(name => name.endsWith('.txt') && !name.startsWith('tcpdump')).map(name => name.slice(0, -4))
    expect(names.sort()).toEqual(Object.keys(FORMS).sort())
  })

  it.each(Object.entries(FORMS))('as %s prints it is read as %s, whatever its line ends are', (name, format) => {
    const text = textOf(name)
    for (const one of [text, text.replaceAll('\n', '\r\n'), text.trimEnd()]) {
      const { format: found, parts } = decoded(one)
      expect([found, parts.length, Buffer.from(parts[0]!).toString('hex')]).toEqual([format, 1, packet.toString('hex')])
    }
    expect(decoded(text, 'raw')).toEqual({ format: 'raw', parts: [Buffer.from(text)] })
    expect(decoded(text, format === 'string' ? 'string' : 'hex').format).toBe(format)
    expect(() => decoded(text, format === 'string' ? 'hex' : 'string')).toThrow(/^this is no /)
  })

  it('is examined like the bytes that it stands for', async () => {
    const { input: _, format, ...fromText } = await facts(Buffer.from(textOf('xxd')))
    const { input: __, format: ___, ...fromBytes } = await facts(packet)
    expect(format).toBe('xxd')
    expect(fromText).toEqual(fromBytes)
    expect((await run([], Buffer.from(textOf('xxd')))).out).toContain('standard input (xxd) (140 bytes): uwsgi packet accepted')
  })

  it('may hold several dumps', async () => {
    const http = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const second = `00000000: ${Buffer.from(http).toString('hex').replace(/(.{32})/g, '$1\n').split('\n').map((line, i) => i === 0 ? line : `${(16 * i).toString(16).padStart(8, '0')}: ${line}`).join('\n')}\n`
    const got = await facts(Buffer.from(textOf('xxd') + second))
    expect(got).toMatchObject({ code: 0, protocol: 'uwsgi', part: 'dump 1', at: 0, following: [{ protocol: 'http', part: 'dump 2', at: 0, requests: [{ length: http.length }] }] })
  })

  it('that lacks a line is refused, with the line', async () => {
    const lines = textOf('xxd').split('\n')
    const { code, out, err } = await run([], Buffer.from([lines[0], ...lines.slice(2)].join('\n')))
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('looks like the output of xxd, but line 2 does not follow: its offset is 00000020, and 16 bytes stand before it; is a line missing? --input raw')
    expect(() => decoded('<Buffer 00 91 01 00 ... 366 more bytes>')).toThrow("print buffer.toString('hex') instead")
    expect(Buffer.from(decoded('<Buffer 00 91 01 00>').parts[0]!).toString('hex')).toBe('00910100')
  })

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /\\x41 HTTP/1.1\r\nHost: a\r\n\r\n', 'POST / HTTP/1.0\r\n\r\n00 91 01 00\n', '', '\r\n', 'dead', 'hello world', '00 9', '"no escape"',
    '00000000: zz', '"a\\x4"', '\x00\\x41', '00 91 01 00 ...', 'A'.repeat(9000)
  ])('%j is none of that', text => expect(decoded(text)).toEqual({ format: 'raw', parts: [Buffer.from(text, 'latin1')] }))

  it('has the escapes that languages have', () => {
    const text = String.raw`"\a\b\t\n\v\f\r\e\\\"\'\0\033\xFf\u00e9"`
    expect(Buffer.from(decoded(text).parts[0]!).toString('hex')).toBe('0708090a0b0c0d1b5c2227001bffe9')
  })

  it('gives back any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 100 }), bytes => {
      const hex = Buffer.from(bytes).toString('hex')
      for (const text of [hex, hex.replace(/../g, '$& ').trim(), hex.replace(/../g, '\\x$&')]) {
        const { parts } = decoded(text, text.startsWith('\\') ? 'string' : 'hex')
        expect(Buffer.from(parts[0]!).toString('hex')).toBe(hex)
      }
    }))
  })
})

describe('packets of a network, as tcpdump prints them', () => {
  it.each(['tcpdump-x', 'tcpdump-XX', 'tcpdump-ipv6', 'tcpdump-any'])('%s: what each client sent, in several segments, is put together', async name => {
    const got = await facts(Buffer.from(textOf(name)))
    expect(got).toMatchObject({ code: 0, format: 'tcpdump', protocol: 'uwsgi', verdict: 'accepted', content: { announced: 77, present: 77 }, rest: null })
    expect(got.input.bytes).toBe(packet.length)
    expect(got.following).toMatchObject([{ protocol: 'http', verdict: 'accepted', requests: [{ requestLine: { target: { value: '/second' } } }] }])
    expect(got.part).toMatch(name.includes('6') || name.includes('any') ? /^\[::1\]:\d+ > \[::1\]:34568$/ : /^127\.0\.0\.1:\d+ > 127\.0\.0\.1:34568$/)
    expect([got, ...got.following].length).toBe(2)
  })

  /** A TCP packet over IPv4. */
  function segment (from: number, to: number, sequence: number, flags: number, payload: string): Buffer {
    const bytes = Buffer.alloc(40 + payload.length)
    bytes.set([0x45, 0, 0, bytes.length, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, from, 192, 0, 2, to])
    bytes.writeUInt16BE(1000 + from, 20)
    bytes.writeUInt16BE(1000 + to, 22)
    bytes.writeUInt32BE(sequence >>> 0, 24)
    bytes.set([0x50, flags], 32)
    bytes.write(payload, 40)
    return bytes
  }
  const flowsOf = (...frames: Buffer[]): Array<[string, string]> => clientFlows(frames)!.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])
  const [SYN, ACK] = [2, 16]
  const name = '192.0.2.1:1001 > 192.0.2.2:1002'

  it('are ordered, what came twice counts once, and numbers may begin again', () => {
    expect(flowsOf(segment(1, 2, -3, SYN, ''), segment(2, 1, 7, SYN | ACK, ''), segment(1, 2, 2, ACK, 'efg'), segment(1, 2, -2, ACK, 'ab'), segment(1, 2, -1, ACK, 'bcde'),
      segment(2, 1, 8, ACK, 'answer'))).toEqual([[name, 'abcdefg']])
  })

  it('of a connection that had begun before: who speaks first asks', () => {
    expect(flowsOf(segment(2, 1, 8, ACK, ''), segment(1, 2, 100, ACK, 'question'), segment(2, 1, 8, ACK, 'answer'), segment(1, 2, 108, ACK, '!'))).toEqual([[name, 'question!']])
  })

  it('say what was not captured, and use a port again', () => {
    const frames = [segment(1, 2, 0, SYN, ''), segment(1, 2, 1, ACK, 'ab'), segment(1, 2, 6, ACK, 'c'), segment(1, 2, 500, SYN, ''), segment(1, 2, 501, ACK, 'x')]
    expect(flowsOf(...frames)).toEqual([[`${name}, of which 3 bytes were not captured from byte 2 on`, 'ab'], [name, 'x']])
  })

  it('may be UDP, or nothing of the kind', async () => {
    const udp = segment(1, 2, 0, 0, 'xxxx')
    udp[9] = 17
    expect(flowsOf(udp)).toEqual([[name, Buffer.from(udp.subarray(28)).toString()]])
    expect(clientFlows([Buffer.from('nothing'), Buffer.alloc(0), segment(1, 2, 0, SYN, '').subarray(0, 30)])).toBe(undefined)
    const silent = segment(1, 2, 0, SYN, '').toString('hex').replace(/.{4}/g, '$& ')
    expect(await run([], Buffer.from(`\t0x0000:  ${silent.trim()}\n`))).toMatchObject({ code: 2, err: expect.stringContaining('no client sends anything in them') })
  })

  it('whatever they hold, nothing goes wrong', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.tuple(fc.constantFrom(1, 2), fc.nat(20), fc.nat(31), fc.nat(79), fc.nat(255)).map(([from, sequence, flags, at, byte]) => {
      const bytes = segment(from, 3 - from, sequence, flags, 'payload')
      bytes[at % bytes.length] = byte
      return bytes
    })), { maxLength: 8 }), frames => {
      for (const { bytes } of clientFlows(frames) ?? []) expect(bytes.length).toBeLessThan(8 * 80)
    }))
  })
})

describe('several requests in one input', () => {
  const one = encodeUwsgi([['REQUEST_METHOD', 'POST'], ['CONTENT_LENGTH', '5'], ['PATH_INFO', '/1']])
  const first = Buffer.concat([one, Buffer.from('12345')])
  const http = Buffer.from('GET /2 HTTP/1.0\r\nConnection: close\r\n\r\n')

  it('are found one behind the other, with their content, of both protocols', async () => {
    const input = Buffer.concat([first, http, http, first])
    const got = await facts(input)
    expect([got, ...got.following].map((found: any) => [found.protocol, found.verdict, found.at])).toEqual([
      ['uwsgi', 'accepted', 0], ['http', 'accepted', first.length], ['http', 'accepted', first.length + http.length], ['uwsgi', 'accepted', first.length + 2 * http.length]
    ])
    expect(got.following[2]).toMatchObject({ content: { offset: one.length, present: 5 }, rest: null, input: { bytes: input.length } })
    const { out } = await run([], input)
    expect(out).toContain(`== 2 of 4, bytes ${first.length}-${first.length + http.length - 1}; offsets count from byte ${first.length} ==`)
    expect(out).toContain('\n4 in all: 4 accepted\n')
    expect(out).not.toContain('BYTES_AFTER_CONTENT')
    expect(out.split('\n').filter(line => line.length > 100)).toEqual([])
  })

  it('are judged one by one, and the exit code is that of all', async () => {
    const input = Buffer.concat([first, encodeUwsgi([['REQUEST_METHOD', 'GET'], ['CONTENT_LENGTH', 'x']])])
    expect(await facts(input)).toMatchObject({ code: 1, verdict: 'accepted', following: [{ verdict: 'refused', error: { code: 'ERR_UWSGI_BAD_CONTENT_LENGTH' } }] })
    expect((await run([], input)).out).toContain('2 in all: 1 accepted, 1 refused')
    expect(await facts(Buffer.concat([first, one.subarray(0, 30)]))).toMatchObject({ code: 1, following: [{ verdict: 'incomplete' }] })
  })

  it('are of one protocol when that is asked for, and other bytes are what they are', async () => {
    expect(await facts(Buffer.concat([http, first]), '--protocol', 'http')).toMatchObject({ code: 0, rest: { why: 'closed' }, following: [] })
    expect(await facts(Buffer.concat([first, http]), '--protocol', 'uwsgi')).toMatchObject({ code: 0, rest: { length: http.length }, following: [] })
    expect(await facts(Buffer.concat([first, Buffer.from('something else')]))).toMatchObject({ code: 0, following: [], warnings: [{ code: 'BYTES_AFTER_CONTENT' }] })
  })

  it('may be very many', async () => {
    const input = Buffer.concat(Array<Buffer>(5_000).fill(http))
    expect((await facts(input)).following.length).toBe(4_999)
  })
})
