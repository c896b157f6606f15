// What is sent for hours: kinds of traffic, each a client that goes on until it is told to stop, and counts what became of its requests. Knows the
// pages of test/faults/app.mjs, and nothing of what stands between.
import { createHash } from 'node:crypto'
import '../../bench/e2e/peers.mjs' // reads TypeScript from here on
import { Conversation } from './conversation.mjs'

const [{ exchange }, { chunked, contentOf, get, head, post }] = await Promise.all(['http.ts', 'messages.ts'].map(file => import(new URL(`../interop/${file}`, import.meta.url))))
const CONTENT = contentOf(300_000)
const digest = bytes => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}\n`
const some = most => 1 + Math.floor(Math.random() * most)

/** Requests that are refused, and how. */
const REFUSED = [
  [400, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  [400, post('/digest', CONTENT.subarray(0, 10), 'Transfer-Encoding: chunked')],
  [400, 'GET / HTTP/1.1\nHost: a\n\n'],
  [501, head('CONNECT', 'a:1', [])],
  [505, 'GET / HTTP/2.0\r\n\r\n'],
  [431, get('/', `X: ${'x'.repeat(9000)}`)]
]

/** Of requests. All that is sent is one of the others in the end. */
export class Tally {
  sent = 0
  answered = 0
  /** Given up by the client. */
  aborted = 0
  /** Neither: the connection ended early, or what came was not what was asked for. */
  lost = 0
  /** What was unexpected, the first few. */
  unexpected = []

  answer (is, wanted, what) {
    if (is) this.answered++
    else {
      this.lost++
      if (this.unexpected.length < 20) this.unexpected.push(`${what}: ${wanted}`)
    }
  }
}

/** One request on a connection of its own, with the answer that it has to get. */
async function single (port, tally, what, request, status, content) {
  tally.sent++
  try {
    const { response } = await exchange(port, request)
    const good = response?.complete === true && response.status === status && (content === undefined || response.content.equals(Buffer.from(content)))
    tally.answer(good, `${response?.status}, ${response?.content.length} bytes`, what)
  } catch (error) {
    tally.answer(false, error.message.slice(0, 200), what)
  }
}

/** A request that is given up, early or late. */
async function given_up (port, tally, what, request, options) {
  tally.sent++
  try {
    const { end } = await exchange(port, request, { abortWithReset: Math.random() < 0.5, ...options })
    if (end === 'aborted') tally.aborted++
    else tally.answer(end === 'answered', end, what)
  } catch (error) {
    tally.answer(false, error.message.slice(0, 200), what)
  }
}

const SLOW = { '/late': '/late?ms=5', '/parts': '/parts?count=50&ms=2&bytes=10000' }

/** By name: a client with one thing to do at a time. `refuses`: only servers of ours refuse as ours do. */
export const KINDS = {
  'keep-alive': async (port, tally) => {
    const conversation = new Conversation(port)
    for (let left = some(200); left > 0; left--) {
      tally.sent++
      const [response] = await conversation.ask(get('/hello'), 1)
      tally.answer(response?.status === 200 && response.body === 'hello\n', String(response?.status), 'keep-alive')
      if (response === undefined) break
    }
    await conversation.close()
  },
  'pipelining': async (port, tally) => {
    const conversation = new Conversation(port)
    for (let left = some(20); left > 0; left--) {
      const count = some(16)
      tally.sent += count
      const small = CONTENT.subarray(0, 100)
      const both = get('/hello') + post('/digest', small).toString('latin1')
      const responses = await conversation.ask(both.repeat(count >> 1) + (count % 2 === 1 ? get('/hello') : ''), count)
      for (let i = 0; i < count; i++) {
        tally.answer(responses[i]?.status === 200 && responses[i].body === (i % 2 === 0 ? 'hello\n' : digest(small)), String(responses[i]?.status), 'pipelining')
      }
      if (responses.length < count) break
    }
    await conversation.close()
  },
  'uploads': async (port, tally) => {
    const bytes = CONTENT.subarray(0, some(CONTENT.length))
    await single(port, tally, 'upload', post('/digest', bytes), 200, digest(bytes))
  },
  'uploads in chunks': async (port, tally) => {
    const pieces = Array.from({ length: some(10) }, () => CONTENT.subarray(0, some(20_000)))
    await single(port, tally, 'upload in chunks', chunked('/digest', pieces), 200, digest(Buffer.concat(pieces)))
  },
  'content given back': async (port, tally) => {
    const bytes = CONTENT.subarray(0, some(CONTENT.length))
    await single(port, tally, 'content given back', post('/echo', bytes), 200, bytes)
  },
  'downloads': async (port, tally) => {
    const count = some(20)
    await single(port, tally, 'download', get(`/parts?count=${count}&ms=0&bytes=10000`), 200, Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i).repeat(10_000)).join(''))
  },
  'aborted uploads': (port, tally) => given_up(port, tally, 'aborted upload', post('/digest', CONTENT), { abortAfterSent: some(CONTENT.length) }),
  'aborted downloads': (port, tally) => given_up(port, tally, 'aborted download', get(SLOW['/parts']), { abortAfterReceived: some(100_000) }),
  'aborted waits': (port, tally) => given_up(port, tally, 'aborted wait', get(SLOW['/late']), { abortAfterSent: 1 + get(SLOW['/late']).length - some(3) })
}

export const OF_OURS = {
  'refused requests': async (port, tally) => {
    const [status, request] = REFUSED[some(REFUSED.length) - 1]
    await single(port, tally, `refused request, ${status}`, request, status)
  }
}

/** Runs clients of all kinds against a port until `goesOn` says no. The tallies by kind. */
export async function runTraffic (port, isOurs, pause, goesOn) {
  const kinds = Object.entries({ ...KINDS, ...isOurs && OF_OURS })
  const tallies = Object.fromEntries(kinds.map(([name]) => [name, new Tally()]))
  const running = Promise.all(kinds.map(async ([name, act]) => {
    while (goesOn()) {
      await act(port, tallies[name])
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }))
  return { tallies, running }
}
