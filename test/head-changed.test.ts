// Bytes that change, or go, behind a head that reads them: the caller's mistake. It may cost the answers of that head, never the process
// and never the answers of another head.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, type RequestHead } from '../src/index.js'
import { environOf, ordinary, packet, type Var } from './packet.js'

const latin1 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')
const many = packet(Array.from({ length: 1000 }, (_, i): Var => [`NAME_${i}`, '']))

/** Decodes so many variables that no index of an earlier head can still stand anywhere. */
function decodeMuch (): void {
  for (let i = 0; i < 100; i++) decodeUwsgi(many)
}

let ordinaryShapes = 0

/** Shapes that come only now and then: what is learned about a shape is paid for by these. */
function decodeOthers (): void {
  for (let i = 0; i < 300; i++) expect(decodeUwsgi(packet([[`OTHER_${ordinaryShapes++ >> 1}`, 'x']]))!.environ).toBeTypeOf('object')
}

const shop = (i: number): Var[] => [...ordinary, ['REQUEST_ID', String(i)], [`HTTP_X_${i % 7}`, `value ${i}`]]

describe('bytes that change behind a head', () => {
  const questions: Array<(head: RequestHead) => unknown> = [
    head => head.get('REQUEST_ID'), head => head.get('NO'), head => head.has('HTTP_HOST'), head => head.fields(),
    head => Object.entries(head.environ), head => latin1(head.getBytes('REQUEST_ID')), head => latin1(head.getBytes('NO')),
    head => head.detach().fields()
  ]
  const large: Var = ['HTTP_X_LONG', 'x'.repeat(6000)]
  const changes: Array<[string, (bytes: Uint8Array) => void]> = [
    ['zeros', bytes => bytes.fill(0)], ['0xFF', bytes => bytes.fill(0xFF)], ['one other length', bytes => { bytes[4] = 0x30 }],
    ['another packet', bytes => { bytes.set(packet([['A'.repeat(200), 'b']]).subarray(0, bytes.length)) }],
    ['a larger datasize', bytes => { bytes[2] = 0xFF }], ['a smaller datasize', bytes => { bytes[1] = bytes[1]! - 1 }],
    ['another name', bytes => { bytes[Buffer.from(bytes).indexOf('REQUEST_ID')] = 0x58 }],
    ['noise', bytes => { for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) >>> 3 }]
  ]

  it.each(changes)('to %s give strings or a TypeError, never a crash', (_, change) => {
    for (const vars of [shop(0), [...shop(0), large]]) {
      for (const lapped of [false, true]) {
        for (const question of questions) {
          const bytes = packet(vars)
          const head = decodeUwsgi(bytes)!
          if (lapped) decodeMuch()
          change(bytes)
          try {
            for (const text of [question(head)].flat(3)) expect(['string', 'boolean', 'undefined']).toContain(typeof text)
          } catch (error) {
            expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_BYTES_CHANGED' })
          }
        }
      }
    }
  })

  it('and their detaching, too', () => {
    for (const vars of [shop(0), [...shop(0), large]]) {
      for (const question of questions) {
        const bytes = Uint8Array.from(packet(vars))
        const head = decodeUwsgi(bytes)!
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
        try {
          for (const text of [question(head)].flat(3)) expect(['string', 'boolean', 'undefined']).toContain(typeof text)
        } catch (error) {
          expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_BYTES_CHANGED' })
        }
      }
    }
  })

  it.each(questions.map(String))('cost later heads nothing: %s', source => {
    const question = questions.find(question => String(question) === source)!
    // Each time a shape of its own, whose keys are learned from one of the heads that are asked while their bytes are others.
    for (const [i, [, change]] of [...changes, ...changes].entries()) {
      for (const size of [5, 6000]) {
        const vars: Var[] = [[`SHAPE_${i}_${size}_${questions.indexOf(question)}`, 'x'], ...shop(0), ['HTTP_X_LONG', 'x'.repeat(size)]]
        decodeOthers()
        for (let seen = 0; seen < 12; seen++) {
          const bytes = packet(vars)
          const head = decodeUwsgi(bytes)!
          if (i < changes.length) decodeMuch()
          change(bytes)
          try { question(head) } catch {}
        }
        for (let seen = 0; seen < 3; seen++) {
          const head = decodeUwsgi(packet(vars))!
          expect(head.environ).toEqual(environOf(vars))
          expect(head.fields()).toEqual(vars)
          expect(vars.map(([key]) => head.get(key))).toEqual(vars.map(([, value]) => value))
        }
      }
    }
  })

  it('cost later heads nothing, also when the change is a packet of the same size', () => {
    const [vars, others] = [[['S_ONE', '1'], ['S_TWO', '2']], [['S_ON', '11'], ['S_TWO', '2']]] as [Var[], Var[]]
    decodeOthers()
    for (let seen = 0; seen < 12; seen++) {
      const bytes = packet(vars)
      const head = decodeUwsgi(bytes)!
      packet(others).copy(bytes)
      decodeMuch()
      expect(typeof head.environ).toBe('object')
    }
    for (let seen = 0; seen < 3; seen++) expect(decodeUwsgi(packet(vars))!.environ).toEqual(environOf(vars))
    for (let seen = 0; seen < 3; seen++) expect(decodeUwsgi(packet(others))!.environ).toEqual(environOf(others))
  })
})
