// The inputs of what measures the core without Node (bench/native), as bytes: heads of exact sizes, which figures of other parsers are
// given for as well, and corpora made as those of the other benchmarks are. Deterministic: see random.mjs.
import { headOf, mixedHeads } from './http.mjs'
import { tinyHttpRequest, withHttpField } from './http_requests.mjs'
import { between, generator, pick, word } from './random.mjs'
import { fieldOrder, requestOf } from './requests.mjs'
import { distinctShapes, packetOf } from './uwsgi.mjs'

const PACKETS = 512
const ORDERS = 24

const get = (target, fields) => ({ method: 'GET', target, version: 'HTTP/1.1', fields })

/** The request with its Cookie, which is the last field, as long as it takes for a head of `bytes`. */
function padded (random, request, bytes) {
  const rest = headOf(withHttpField(request, 'Cookie', '')).length
  let cookie = `session=${word(random, 40)}`
  while (cookie.length < bytes - rest) cookie += `; ${word(random, between(random, 3, 9))}=${word(random, between(random, 8, 48))}`
  return withHttpField(request, 'Cookie', cookie.slice(0, bytes - rest - 1) + 'z')
}

/** A page asked for by a browser, 9 fields. */
const browser = random => padded(random, get('/articles/2026/on-the-speed-of-parsers?page=2', [
  ['Host', 'www.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', 'https://www.example.com/articles/2026/'],
  ['Connection', 'keep-alive'],
  ['Upgrade-Insecure-Requests', '1']
]), 703)

/** The same kind of request behind a proxy, 14 fields. */
const proxied = random => padded(random, get('/catalogue/garden/benches?sort=price&page=3', [
  ['Host', 'shop.example.com'],
  ['X-Real-IP', '203.0.113.57'],
  ['X-Forwarded-For', '203.0.113.57'],
  ['X-Forwarded-Proto', 'https'],
  ['User-Agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['Accept-Language', 'de-DE,de;q=0.9,en;q=0.7'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', 'https://shop.example.com/catalogue/garden/'],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Site', 'same-origin'],
  ['Upgrade-Insecure-Requests', '1']
]), 888)

const largeCookie = random => padded(random, get('/account/orders', [
  ['Host', 'www.example.com'],
  ['User-Agent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'fr,en;q=0.9'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Referer', 'https://www.example.com/account/'],
  ['Connection', 'keep-alive']
]), 6669)

/** The head with `text` over its bytes at the first place of `before`. */
function overwritten (head, before, text) {
  const copy = Buffer.from(head)
  copy.write(text, head.indexOf(before) + before.length, 'utf8')
  return copy
}

function heads () {
  const random = generator(0x70617273)
  const one = headOf(proxied(random))
  return [
    ['27 B, 1 field', [headOf(tinyHttpRequest())]],
    ['49 B, 1 field', [headOf(get('/status', [['Host', '10.11.12.130:8080']]))]],
    ['703 B, 9 fields', [headOf(browser(random))]],
    ['888 B, 14 fields', [one]],
    ['888 B, a UTF-8 letter', [overwritten(one, 'session=', 'ß')]],
    ['888 B, an HTAB', [overwritten(one, 'Mozilla/5.0', '\t')]],
    ['6669 B, large cookie', [headOf(largeCookie(random))]],
    ['512 mixed heads', mixedHeads().heads]
  ]
}

function packets () {
  const random = generator(0x7061636B)
  const packetsOf = (count, orders) => Array.from({ length: count }, () => packetOf(requestOf(random, pick(random, orders))))
  const orders = Array.from({ length: ORDERS }, (_, i) => fieldOrder(random, 8 + i % 6))
  return [
    ['20 vars', packetsOf(1, [fieldOrder(random, 7)])],
    [`${PACKETS} packets, one order`, packetsOf(PACKETS, [fieldOrder(random, 11)])],
    [`${PACKETS} packets, ${ORDERS} orders`, packetsOf(PACKETS, orders)],
    [`${PACKETS} packets, no order twice`, distinctShapes(PACKETS).packets]
  ]
}

function chunked (random, sizes, extension, trailers) {
  const chunks = sizes.map(size => `${size.toString(16)}${extension}\r\n${word(random, size)}\r\n`)
  return Buffer.from(`${chunks.join('')}0\r\n${trailers}\r\n`, 'latin1')
}

function chunkedContents () {
  const random = generator(0x6368756E)
  const lines = 'Server-Timing: db;dur=53\r\nDigest: sha-256=abcdefgh\r\n'
  return [
    ['one chunk of 16 KB', [chunked(random, [16384], '', '')]],
    ['64 chunks of 16 B', [chunked(random, Array.from({ length: 64 }, () => 16), '', '')]],
    ['16 signed chunks, trailers', [chunked(random, Array.from({ length: 16 }, () => 256), `;sig="${word(random, 64)}"`, lines)]],
    ['128 mixed contents', Array.from({ length: 128 }, () => chunked(random,
      Array.from({ length: between(random, 1, 12) }, () => pick(random, [1, 7, 60, 512, 1400, 4096])), '', pick(random, ['', '', lines])))]
  ]
}

/** A response head as its parts: the status, then name and value in turn, each behind its length of 16 bits. */
function partsOf (status, fields) {
  return Buffer.concat([status, ...fields.flat()].map(text => {
    const bytes = Buffer.from(text, 'latin1')
    return Buffer.concat([Buffer.from([bytes.length & 0xFF, bytes.length >> 8]), bytes])
  }))
}

const RESPONSE_FIELDS = [
  ['Content-Type', () => 'text/html; charset=utf-8'],
  ['Content-Length', random => String(between(random, 0, 99999))],
  ['Cache-Control', random => `max-age=${between(random, 0, 86400)}`],
  ['Date', () => 'Sat, 21 Nov 2026 06:25:00 GMT'],
  ['ETag', random => `"${word(random, 20)}"`],
  ['Vary', () => 'Accept-Encoding, Cookie'],
  ['Set-Cookie', random => `session=${word(random, between(random, 20, 64))}; Path=/; HttpOnly; Secure; SameSite=Lax`],
  ['X-Request-Id', random => word(random, 32)],
  ['Server', () => 'example'],
  ['Strict-Transport-Security', () => 'max-age=31536000'],
  ['X-Content-Type-Options', () => 'nosniff'],
  ['Location', random => `https://www.example.com/${word(random, between(random, 3, 40))}`]
]

function responses () {
  const random = generator(0x72657370)
  const response = count => partsOf(pick(random, ['200 OK', '200 OK', '304 Not Modified', '404 Not Found']),
    RESPONSE_FIELDS.slice(0, count).map(([name, value]) => [name, value(random)]))
  return [
    ['2 fields', [response(2)]],
    ['6 fields', [response(6)]],
    ['128 mixed responses', Array.from({ length: 128 }, () => response(between(random, 2, RESPONSE_FIELDS.length)))]
  ]
}

/** All of them, by kind: `items` are what the entry points of that kind are called with, one at a time. */
export function coreInputs () {
  const kinds = [['head', heads()], ['packet', packets()], ['chunked', chunkedContents()], ['response', responses()]]
  return kinds.flatMap(([kind, inputs]) => inputs.map(([name, items]) => ({ kind, name, items })))
}
