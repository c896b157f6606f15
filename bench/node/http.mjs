// What is measured for HTTP: this package, and what a user of Node has without it. What a right result is, for the check before anything is
// timed, and the goals.
import assert from 'node:assert/strict'
import { decodeHttp, transcodeHttpToUwsgi } from 'gatewire'
import { distinctOrders, mixedHeads, specialHeads } from '../inputs/http.mjs'
import { indexOfHttp, nodeHttp, scriptHttp, splitHttp, undiciHttp } from './plain_http.mjs'
import { oneString } from './plain_uwsgi.mjs'

/** The three variables of a handler that only wants to know where a request goes. */
const WANTED = ['REQUEST_METHOD', 'PATH_INFO', 'HTTP_HOST']

function wanted (bytes) {
  const head = decodeHttp(bytes)
  return [head.get('REQUEST_METHOD'), head.get('PATH_INFO'), head.get('HTTP_HOST')]
}

// Names with their values, whatever the order. No objects with these names are made here: see ../inputs/http.mjs.
const sorted = entries => JSON.stringify([...entries].sort(([a], [b]) => a < b ? -1 : 1))

function isEnviron (result, input, i, where) {
  assert.equal(sorted(Object.entries(result)), sorted(input.environs[i]), where)
}

function isPlainEnviron (result, input, i, where) {
  assert.equal(sorted(Object.entries(result)), sorted(input.plainEnvirons[i]), where)
}

function isHead (result, input, i, where) {
  isEnviron(result.environ, input, i, where)
  assert.equal(result.byteLength, input.heads[i].length, where)
}

function isWanted (result, input, i, where) {
  assert.equal(JSON.stringify(result), JSON.stringify(WANTED.map(name => input.environs[i].get(name))), where)
}

function variablesOf (packet) {
  const texts = []
  for (let p = 4; p < packet.length;) {
    const length = packet.readUInt16LE(p)
    texts.push(packet.latin1Slice(p + 2, p + 2 + length))
    p += 2 + length
  }
  return Array.from({ length: texts.length / 2 }, (_, i) => texts.slice(2 * i, 2 * i + 2))
}

function isPacket (result, input, i, where) {
  assert.equal(sorted(variablesOf(result)), sorted(input.environs[i]), where)
}

function isPlainPacket (result, input, i, where) {
  assert.equal(sorted(variablesOf(result)), sorted(input.plainEnvirons[i]), where)
}

const listOf = input => input.heads

const decoding = {
  title: 'Decoding',
  remark: 'times are for one head',
  listOf,
  ours: 'decodeHttp().environ',
  baselines: ['node:http parser', 'http-parser-js', 'split JS', 'indexOf JS'],
  contenders: [
    { name: 'decodeHttp().environ', check: isEnviron, run: bytes => decodeHttp(bytes).environ },
    { name: 'decodeHttp(), 3 get()', check: isWanted, run: wanted },
    { name: 'decodeHttp() only', check: isHead, run: bytes => decodeHttp(bytes) },
    { name: 'node:http parser', check: isPlainEnviron, run: nodeHttp },
    { name: 'undici, llhttp WASM', check: isPlainEnviron, run: undiciHttp },
    { name: 'http-parser-js', check: isPlainEnviron, run: scriptHttp },
    { name: 'split JS', check: isPlainEnviron, run: splitHttp },
    { name: 'indexOf JS', check: isPlainEnviron, run: indexOfHttp }
  ]
}

const transcoding = {
  title: 'Transcoding',
  remark: 'a head to the uwsgi packet for it',
  listOf,
  ours: 'transcodeHttpToUwsgi()',
  baselines: ['split + one-string JS', 'indexOf + one-string JS'],
  contenders: [
    { name: 'transcodeHttpToUwsgi()', check: isPacket, run: bytes => transcodeHttpToUwsgi(bytes).packet },
    { name: 'split + one-string JS', check: isPlainPacket, run: bytes => oneString(splitHttp(bytes)) },
    { name: 'indexOf + one-string JS', check: isPlainPacket, run: bytes => oneString(indexOfHttp(bytes)) }
  ]
}

/** The subject of a run: what is compared, on what, and what a release has to hold on the mixed corpus. */
export default {
  title: 'HTTP request heads',
  tasks: [decoding, transcoding],
  mixed: mixedHeads,
  special: specialHeads,
  adversarial: distinctOrders,
  /** `fast` at least `times` as fast as `slow`. */
  goals: [
    { fast: 'decodeHttp().environ', slow: 'node:http parser', times: 10 },
    { fast: 'decodeHttp().environ', slow: 'http-parser-js', times: 10 },
    { fast: 'decodeHttp().environ', slow: 'split JS', times: 6 },
    { fast: 'decodeHttp().environ', slow: 'indexOf JS', times: 1 },
    { fast: 'transcodeHttpToUwsgi()', slow: 'split + one-string JS', times: 20 }
  ],
  /** What README.md says of it. */
  readme: {
    place: /[\d.]+ times as fast as with the parser of node:http/,
    text: ratio => `${ratio('node:http parser', 'decodeHttp().environ')} times as fast as with the parser of node:http`
  }
}
