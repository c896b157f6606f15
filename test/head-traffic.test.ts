// Heads in mixed traffic: shapes that are seen often, seldom and once, known shapes that begin alike, values asked for one by one and as
// a whole, and heads that are kept while shapes are forgotten and the index ring goes round. Every answer is compared with a plain model.
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, type RequestHead } from '../src/index.js'
import { packet, type Var } from './packet.js'

// Numbers as a linear congruential generator gives them: the same traffic in every run.
function numbersFrom (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

// Names that differ in one byte, around the lengths where compares change their ways, and names that objects have.
const names = [
  'A', 'B', 'AB', 'PATH_INFO', 'PATH_INFP', 'REQUEST_METHOD', 'CONTENT_LENGTH', 'HTTP_HOST', 'HTTP_HOSU', '__proto__', '0', '\xFF\0',
  ...[7, 8, 9, 15, 16, 17, 31, 32, 33, 64].flatMap(length => ['X'.repeat(length), `${'X'.repeat(length - 1)}Y`]),
  'K'.repeat(200), `${'K'.repeat(199)}L`
]

interface Asked { head: RequestHead, vars: readonly Var[], values: ReadonlyMap<string, string> }

/** What the variables are when repeated list fields are joined. */
function valuesOf (vars: readonly Var[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of vars) {
    const earlier = name.startsWith('HTTP_') && name !== 'HTTP_HOST' ? values.get(name) : undefined
    values.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return values
}

const questions: Array<(head: RequestHead, name: string) => string | undefined> = [
  (head, name) => head.get(name), (head, name) => head.get(name), (head, name) => head.environ[name],
  (head, name) => { const bytes = head.getBytes(name); return bytes && Buffer.from(bytes).toString('latin1') },
  (head, name) => head.has(name) ? head.get(name) : undefined,
  (head, name) => head.detach().get(name)
]

/** Runs traffic and gives the answers that were wrong. */
function traffic (seed: number, requests: number): unknown[] {
  const below = numbersFrom(seed)
  const any = <T> (list: readonly T[]): T => list[below(list.length)]!
  const known = Array.from({ length: 300 }, () => Array.from({ length: below(12) }, () => any(names)))
    .map(shape => shape.filter((name, i) => below(8) === 0 || shape.indexOf(name) === i))
  const many = packet(Array.from({ length: 1000 }, (_, i): Var => [`NAME_${i}`, '']))
  const kept: Asked[] = []
  const wrong: unknown[] = []

  const ask = ({ head, vars, values }: Asked, times: number): void => {
    for (let i = 0; i < times; i++) {
      const name = vars.length === 0 || below(4) === 0 ? any(names) : any(vars)[0]
      const question = below(questions.length)
      let answer: unknown
      try { answer = questions[question]!(head, name) } catch (error) { answer = error }
      if (answer !== values.get(name)) wrong.push({ question, name, answer, vars })
    }
  }

  for (let i = 0; i < requests && wrong.length < 5; i++) {
    const few = Math.floor(i / 3000) % 2 === 0 // now a few shapes, now all of them
    const shape = below(100) < 90 ? known[below(few ? 8 : known.length)]!
      : Array.from({ length: 1 + below(6) }, () => `${any(names)}${below(999)}`)
    const value = (): string => below(50) === 0 ? 'L'.repeat(200) : String(i).repeat(below(3))
    const vars = shape.map((name): Var => [name, name === 'CONTENT_LENGTH' ? '7' : value()])
    const asked = { head: decodeUwsgi(packet(vars))!, vars, values: valuesOf(vars) }
    ask(asked, 1 + below(4))
    if ((asked.head.framing.kind === 'length') !== shape.includes('CONTENT_LENGTH')) wrong.push({ framing: asked.head.framing, vars })
    if (below(20) === 0 && JSON.stringify(asked.head.fields()) !== JSON.stringify(vars)) wrong.push({ fields: asked.head.fields(), vars })
    if (below(50) === 0) kept.push(asked)
    if (kept.length > 0 && below(5) === 0) ask(any(kept), 3)
    if (below(500) === 0) for (let k = 0; k < 30; k++) decodeUwsgi(many)
    if (below(5000) === 0) for (let k = 0; k < 5000; k++) decodeUwsgi(packet([[`GONE_${i}_${k}`, ''], ['Q', '']]))
  }
  return wrong
}

describe('heads in mixed traffic', () => {
  it.each([1, 2, 3, 4])('answer right, always (traffic %d)', seed => {
    expect(traffic(seed, 15_000)).toEqual([])
  })
})
