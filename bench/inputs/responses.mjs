// The inputs of the benchmarks for response heads: status and headers as handlers give them, and the bytes that have to come of them. Made
// here without the package, so that they can check it. Deterministic: see random.mjs.
//
// Headers are object literals of few kinds, one for each place in an application that answers. What is the same in every response is one
// string, as constants of a program are; all other values are strings of their own.
import { STATUS_CODES } from 'node:http'
import { between, generator, pick, word } from './random.mjs'

const MIXED_RESPONSES = 512

// Through a Buffer: strings that stand in one piece, as a date or a hash from elsewhere does.
const made = text => Buffer.from(text, 'latin1').latin1Slice()
const date = random => made(`Sat, 21 Nov 2026 06:${between(random, 10, 59)}:${between(random, 10, 59)} GMT`)
const length = random => made(String(between(random, 2, 90_000)))
const etag = random => made(`W/"${between(random, 100, 9000).toString(16)}-${word(random, 27)}"`)
const cookie = random => made(`session=${word(random, between(random, 32, 96))}; Path=/; HttpOnly; Secure; SameSite=Lax`)
const id = random => made(word(random, 32))

/** What parts of an application answer, most frequent first. */
const PLACES = [
  random => [200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': length(random), Date: date(random), ETag: etag(random), Vary: 'Accept-Encoding, Cookie', 'Cache-Control': 'private, no-cache' }],
  random => [200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length(random), Date: date(random), ETag: etag(random), 'X-Request-Id': id(random), 'Cache-Control': 'no-store' }],
  random => [200, { 'Content-Type': pick(random, ['image/png', 'image/webp', 'image/svg+xml']), 'Content-Length': length(random), 'Last-Modified': date(random), ETag: etag(random), 'Cache-Control': 'public, max-age=31536000, immutable', 'Accept-Ranges': 'bytes' }],
  random => [304, { Date: date(random), ETag: etag(random), 'Cache-Control': 'public, max-age=3600', Vary: 'Accept-Encoding' }],
  random => [200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': length(random), Date: date(random), Server: 'gateway', 'Set-Cookie': cookie(random), 'Cache-Control': 'private, no-store', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff' }],
  random => [302, { Location: made(`https://www.example.com/${word(random, between(random, 4, 24))}?next=${word(random, 8)}`), 'Content-Length': '0', Date: date(random), 'Set-Cookie': cookie(random) }],
  random => [200, { 'content-type': 'application/json', 'content-length': length(random), date: date(random), 'x-request-id': id(random), 'x-ratelimit-remaining': made(String(between(random, 0, 5000))), 'access-control-allow-origin': '*' }],
  random => [404, { 'Content-Type': 'text/plain', 'Content-Length': length(random), Date: date(random), 'Cache-Control': 'no-cache' }],
  random => [201, { 'Content-Type': 'application/json', 'Content-Length': length(random), Date: date(random), Location: made(`/orders/${between(random, 1, 1e6)}`), 'X-Request-Id': id(random) }],
  random => [206, { 'Content-Type': 'video/mp4', 'Content-Length': length(random), 'Content-Range': made(`bytes ${between(random, 0, 1e6)}-${between(random, 1e6, 2e6)}/4000000`), Date: date(random), ETag: etag(random), 'Accept-Ranges': 'bytes', 'Last-Modified': date(random) }],
  random => [500, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': length(random), Date: date(random), 'X-Request-Id': id(random) }],
  random => [204, { Date: date(random), 'X-Request-Id': id(random), 'Access-Control-Allow-Origin': 'https://app.example.com', 'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Access-Control-Allow-Headers': 'authorization, content-type', Vary: 'Origin' }]
]

function headOf ([status, headers]) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`, 'latin1')
}

function input (name, remark, responses) {
  const heads = responses.map(headOf)
  const mean = numbers => Math.round(numbers.reduce((sum, number) => sum + number, 0) / numbers.length)
  return {
    name,
    remark,
    responses,
    heads,
    size: { bytes: mean(heads.map(head => head.length)), headers: mean(responses.map(([, headers]) => Object.keys(headers).length)) }
  }
}

function times (count, make) {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** A place in the application: the first ones answer most requests. */
const frequent = random => PLACES[Math.floor(PLACES.length * random() ** 2)]

/** The headline: what the places of one application answer in turn, 4 to 8 headers, 6 on average. */
export function mixedResponses () {
  const random = generator(0x48454144)
  return input('mixed corpus', `${MIXED_RESPONSES} responses of ${PLACES.length} places in an application`, times(MIXED_RESPONSES, () => frequent(random)(random)))
}

/** Inputs with one purpose each. None of them says how fast a site would be. */
export function specialResponses () {
  const random = generator(0x5E7)
  const one = PLACES[0](random)
  return [
    input('one response repeated', 'flattering: nothing changes', times(256, () => one)),
    input('one kind of response', 'one place answers, with other values each time', times(256, () => PLACES[0](random))),
    input('no headers', 'the fixed cost of a call', times(256, () => [200, {}])),
    input('4 KB cookie', 'one long value', times(64, () => [200, { ...PLACES[4](random)[1], 'Set-Cookie': made(`data=${word(random, 4096)}; Path=/`) }])),
    input('30 headers', 'more than usual', times(64, () => [200, Object.fromEntries(times(30, i => [`X-Field-${i}`, id(random)]))]))
  ]
}

/** Headers in `count` orders and with names that nobody knows: what defeats caches. */
export function distinctHeaders (count) {
  const random = generator(0xFA11)
  return input(`${count} sets of names`, 'adversarial: no two heads have the same names', times(count, i => {
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': length(random) }
    for (let j = 0; j < 4; j++) headers[`X-${i}-${word(random, 8)}`] = id(random)
    return [200, headers]
  }))
}
