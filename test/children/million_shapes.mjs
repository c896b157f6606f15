// Run with --expose-gc: ordinary traffic, then a million shapes that come once each, every one with names of its own, then fewer that come
// often, and ordinary traffic again; of uwsgi packets and of HTTP heads. Counts the builders that were compiled, the environs that
// they built, and what memory is in use. Reports the counts.
import { during } from './counted_builders.mjs'

const { decodeHttp, decodeUwsgi, encodeUwsgi } = await import(process.argv[2])
let wrong = 0

const orders = (make) => Array.from({ length: 20 }, (_, order) => make(Array.from({ length: 14 }, (_,
  i) => [`X-Field-${(i * 5 + order) % 14}`, `v${i}`])))
const PROTOCOLS = {
  uwsgi: {
    decode: decodeUwsgi,
    ordinary: orders(vars => encodeUwsgi(vars.map(([name, value]) => [`HTTP_${name}`, value]))),
    // The digits of the name are written over each time.
    hostile: encodeUwsgi([['REQUEST_METHOD', 'GET'], ['HTTP_N_00000000', 'hostile'], ['PATH_INFO', '/']]),
    prefix: 'HTTP_N_'
  },
  http: {
    decode: decodeHttp,
    ordinary: orders(vars => Buffer.from(
      `GET / HTTP/1.1\r\nHost: h\r\n${vars.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)),
    hostile: Buffer.from('GET / HTTP/1.1\r\nHost: h\r\nN-00000000: hostile\r\nA: b\r\n\r\n'),
    prefix: 'N-'
  }
}

function renumber (bytes, at, number) {
  for (let digit = 7; digit >= 0; digit--, number = Math.floor(number / 10)) bytes[at + digit] = 48 + number % 10
}

function attack ({ decode, hostile, prefix }, from, to, times) {
  const at = hostile.indexOf(prefix) + prefix.length
  for (let i = from; i < to; i++) {
    renumber(hostile, at, i)
    for (let k = 0; k < times; k++) {
      // Bytes of its own for each hundredth, as from a socket; the rest shows what costs no memory anyway.
      const { environ } = decode(i % 100 === 0 ? Uint8Array.from(hostile) : hostile)
      if (i % 1000 === 0 && environ[`HTTP_N_${String(i).padStart(8, '0')}`] !== 'hostile') wrong++
      else if (environ.HTTP_HOST !== 'h' && environ.REQUEST_METHOD !== 'GET') wrong++
    }
  }
}

function traffic ({ decode, ordinary }, requests) {
  for (let i = 0; i < requests; i++) {
    const { environ } = decode(ordinary[i % ordinary.length])
    if (Object.keys(environ).length < 14) wrong++
  }
}

function memory () {
  for (let i = 0; i < 4; i++) globalThis.gc()
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage()
  return { heapUsed, rss, external: external + arrayBuffers }
}

const report = {}
for (const [name, protocol] of Object.entries(PROTOCOLS)) {
  traffic(protocol, 20_000)
  attack(protocol, 99_000_000, 99_020_000, 1) // what is compiled, and grows, for the attack itself
  traffic(protocol, 20_000)
  const warm = during(() => traffic(protocol, 2000))
  const before = memory()
  const once = during(() => attack(protocol, 0, 500_000, 1))
  const between = memory()
  const often = during(() => attack(protocol, 500_000, 510_000, 8))
  const amid = { requests: 0, compiled: 0, byBuilder: 0 }
  for (let i = 0; i < 2000; i++) {
    attack(protocol, 600_000 + 20 * i, 600_000 + 20 * (i + 1), 1)
    const { compiled, byBuilder } = during(() => traffic(protocol, 20))
    amid.requests += 20
    amid.compiled += compiled
    amid.byBuilder += byBuilder
  }
  const after = memory()
  traffic(protocol, 20_000)
  const recovered = during(() => traffic(protocol, 2000))
  const grown = (from, to) => Object.fromEntries(Object.keys(to).map(key => [key, to[key] - from[key]]))
  report[name] = { warm, once, often, amid, recovered, grown: grown(before, between), grownAtAll: grown(before, after) }
}
process.stdout.write(JSON.stringify({ wrong, ...report }))
