// State that a call might leave behind when it does not come to its end: errors, the end of the stack, use after the end.
import { describe, expect, it } from 'vitest'
import { runChild } from './child.js'

describe('options', () => {
  it.each([[[]], [['--no-opt']]])('are those of the call, also after another call met the end of the stack (%j)', async flags => {
    const { code, stderr, report } = await runChild('settings_at_end_of_stack.mjs', flags)
    expect([code, stderr, report]).toEqual([0, '', { ended: true, reached: true, wrong: [] }])
  })
})

describe('a decoder whose call meets the end of the stack', () => {
  it('tells the truth to the end, or that it cannot go on', async () => {
    const { code, stderr, report } = await runChild('decoding_at_end_of_stack.mjs')
    expect([code, stderr, report]).toEqual([0, '', { ended: true, reached: true, whole: true, refused: true, wrong: [] }])
  })
})

describe('an encoder that meets the end of the stack', () => {
  it('leaves nothing behind', async () => {
    const { code, stderr, report } = await runChild('encoding_at_end_of_stack.mjs')
    expect([code, stderr, report]).toEqual([0, '', { ended: true, reached: true, wrong: [], nested: 60_004 }])
  })
})
