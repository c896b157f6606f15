// The handler that `gatewire serve` runs while it is attacked. It counts what the server says of requests, so that both sides can be compared.
// Knows nothing of who asks.
import { createHash } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Of messages of the server; `heard`: handlers that were called; `attack`: those of them for a path that no attacker may get to. */
const counts = { request: 0, response: 0, refused: 0, cut: 0, heard: 0, attack: 0 }
subscribe('gatewire:request', () => { counts.request++ })
subscribe('gatewire:response', () => { counts.response++ })
subscribe('gatewire:refused', ({ request }) => { if (request !== undefined) counts.refused++ })
subscribe('gatewire:error', ({ request, cut }) => { if (request !== undefined && cut) counts.cut++ })

async function * parts (count, ms, bytes) {
  for (let i = 0; i < count; i++) {
    yield Buffer.alloc(bytes, 97 + i % 26)
    if (ms > 0) await sleep(ms)
  }
}

async function digest (content) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of content) {
    hash.update(piece)
    bytes += piece.length
  }
  return `${bytes} ${hash.digest('hex')}\n`
}

/** Hexadecimal digits as a string of one character for each byte. */
const unhex = text => Buffer.from(text ?? '', 'hex').toString('latin1')

const PAGES = {
  '/hello': () => ({ status: 200, body: 'hello\n' }),
  '/counts': () => ({ status: 200, body: JSON.stringify(counts) }),
  '/echo': request => ({ status: 200, body: request.content }),
  '/digest': async request => ({ status: 200, body: await digest(request.content) }),
  '/late': async (request, query) => {
    await sleep(Number(query.get('ms')))
    return { status: 200, body: 'late\n' }
  },
  '/never': request => new Promise((resolve, reject) => { request.signal.addEventListener('abort', () => reject(request.signal.reason)) }),
  '/parts': (request, query) => {
    const [count, ms, bytes] = ['count', 'ms', 'bytes'].map(name => Number(query.get(name)))
    const headers = query.has('sized') ? { 'Content-Length': String(count * bytes) } : {}
    return { status: 200, headers, body: parts(count, ms, bytes) }
  },
  '/field': (request, query) => ({ status: 200, headers: [[unhex(query.get('name')), unhex(query.get('value'))]], body: 'field\n' }),
  '/status': (request, query) => ({ status: unhex(query.get('value')), body: 'status\n' }),
  '/attack': () => {
    counts.attack++
    return { status: 200, body: 'attacked\n' }
  }
}

export default function handle (request) {
  counts.heard++
  const page = PAGES[request.get('PATH_INFO')]
  return page === undefined ? { status: 404, body: 'no such page\n' } : page(request, new URLSearchParams(request.get('QUERY_STRING')))
}

// The last word, which is written even when the process ends at once.
process.on('exit', () => writeSync(2, `COUNTS ${JSON.stringify(counts)}\n`))
