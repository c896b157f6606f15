// ProtocolError, the list of its codes, and how the caller's own mistakes differ from it.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, encodeUwsgi, ProtocolError, type ProtocolErrorCode } from '../src/index.js'
import { packet } from './packet.js'

const statusHeader = readFileSync(new URL('../native/core/status.h', import.meta.url), 'utf8')
/** Every X(name, status, "sentence") of the header. */
const declared = [...statusHeader.matchAll(/X\((ERR_\w+), (\d+), "([^"]*)"\)/g)].map(([, code, status, sentence]) =>
  ({ code, status: Number(status), sentence }))

function caught (call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return expect.unreachable()
}

describe('ProtocolError', () => {
  const error = caught(() => decodeUwsgi(packet([['CONTENT_LENGTH', 'x']]))) as ProtocolError

  it('is an Error with name, code, status, offset and a stack', () => {
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toBeInstanceOf(Error)
    expect({ ...error }).toEqual({ code: 'ERR_UWSGI_BAD_CONTENT_LENGTH', status: 400, offset: 22 })
    expect([error.name, String(error).startsWith('ProtocolError: '), Object.keys(error).includes('name')])
      .toEqual(['ProtocolError', true, false])
    expect(error.stack).toContain('errors.test.ts')
  })

  it('is a new one each time', () => {
    expect(caught(() => decodeUwsgi(packet([['CONTENT_LENGTH', 'x']])))).not.toBe(error)
  })

  it.each(declared)('$code carries status $status and its sentence', ({ code, status, sentence }) => {
    const made = new ProtocolError(code as ProtocolErrorCode, 7)
    expect([made.code, made.status, made.offset]).toEqual([code, status, 7])
    expect(made.message).toContain(sentence)
    expect(made.message).toContain('7')
  })

  it('has codes that are distinct, named after their protocol, with a status that fits', () => {
    expect(new Set(declared.map(({ code }) => code)).size).toBe(declared.length)
    expect(declared.length).toBeGreaterThan(16)
    for (const { code, status, sentence } of declared) {
      expect(code).toMatch(/^ERR_(UWSGI|RESPONSE|HTTP)_[A-Z_]+$/)
      expect(code!.startsWith('ERR_RESPONSE_') ? [502] : [400, 404, 413, 414, 417, 431, 501, 505]).toContain(status)
      expect(sentence).toMatch(/^[\x20-\x7E]+[^.]$/)
    }
  })
})

describe("the caller's own mistake", () => {
  it.each([
    [() => decodeUwsgi('x' as unknown as Uint8Array), TypeError], [() => encodeUwsgi([['', '']]), RangeError],
    [() => encodeUwsgi([['A', '\u0100']]), RangeError], [() => decodeUwsgi(packet([]), { limits: { maxVars: -1 } }), RangeError]
  ])('is no ProtocolError but has a code, and no status', (call, kind) => {
    const error = caught(call)
    expect(error).toBeInstanceOf(kind)
    expect(error).not.toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_[A-Z0-9_]+$/) })
    expect(error).not.toHaveProperty('status')
  })
})
