// What callers may do to memory that they were given or have given: transfer it, change it, shrink it. It may cost them their own answers,
// with a code, and never those of others or the process.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, encodeResponseHead, encodeUwsgi, transcodeHttpToUwsgi } from '../src/index.js'

const request = Buffer.from('GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n')

describe('the memory of what was given out', () => {
  const made: Array<[string, () => Buffer]> = [
    ['transcodeHttpToUwsgi', () => transcodeHttpToUwsgi(request)!.packet],
    ['encodeUwsgi', () => encodeUwsgi([['A', 'b']])],
    ['encodeResponseHead', () => encodeResponseHead(200, [['a', 'b']])]
  ]

  it.each(made)('of %s cannot be transferred together with that of others', (_, make) => {
    const all = Array.from({ length: 50 }, make)
    const before = all.map(bytes => bytes.toString('latin1'))
    const { buffer } = all[20]!
    // Up to Node 20, memory that is not to be transferred is copied; from 21 on, the attempt is an error.
    try { structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) } catch {}
    expect(all.map(bytes => bytes.toString('latin1'))).toEqual(before)
    expect(make().toString('latin1')).toBe(before[0])
  })

  it('may be written to: no answer depends on it', () => {
    const { packet, head } = transcodeHttpToUwsgi(request)!
    packet.fill(0xFF)
    new Uint8Array(packet.buffer).fill(0xFF)
    expect(head.get('HTTP_X_A')).toBe('1')
    expect(decodeUwsgi(transcodeHttpToUwsgi(request)!.packet)!.environ).toEqual(head.environ)
  })
})
