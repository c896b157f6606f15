// What is measured for uwsgi: this package, and what a user of Node has without it. What a right result is, for the check before anything is
// timed, and the goals. None but gatewire validates what it reads.
import assert from 'node:assert/strict'
import { decodeUwsgi, encodeUwsgi } from 'gatewire'
import { distinctShapes, mixedCorpus, specialInputs } from '../inputs/uwsgi.mjs'
import { bufferConcat, carefulUwsgi, naiveUwsgi, oneString } from './plain_uwsgi.mjs'

/** The three variables of a handler that only wants to know where a request goes. */
const WANTED = ['REQUEST_METHOD', 'PATH_INFO', 'HTTP_HOST']

function wanted (packet) {
  const head = decodeUwsgi(packet)
  return [head.get('REQUEST_METHOD'), head.get('PATH_INFO'), head.get('HTTP_HOST')]
}

// Own properties in order; the prototype may differ, gatewire's environ inherits nothing.
function isEnviron (result, input, i, where) {
  assert.equal(JSON.stringify(result), input.texts[i], where)
}

function isHead (result, input, i, where) {
  isEnviron(result.environ, input, i, where)
  assert.equal(result.byteLength, input.packets[i].length, where)
}

function isWanted (result, input, i, where) {
  assert.equal(JSON.stringify(result), JSON.stringify(WANTED.map(name => input.variables[i].get(name))), where)
}

function isPacket (result, input, i, where) {
  assert.ok(input.packets[i].equals(result), `${where}: the packet differs`)
}

const decoding = {
  title: 'Decoding',
  remark: 'times are for one packet',
  listOf: input => input.packets,
  ours: 'decodeUwsgi().environ',
  baselines: ['naive JS', 'careful JS'],
  contenders: [
    { name: 'decodeUwsgi().environ', check: isEnviron, run: packet => decodeUwsgi(packet).environ },
    { name: 'decodeUwsgi(), 3 get()', check: isWanted, run: wanted },
    { name: 'decodeUwsgi() only', check: isHead, run: packet => decodeUwsgi(packet) },
    { name: 'naive JS', check: isEnviron, run: naiveUwsgi },
    { name: 'careful JS', check: isEnviron, run: carefulUwsgi }
  ]
}

const encoding = {
  title: 'Encoding',
  remark: 'the same variables as objects',
  listOf: input => input.environs(),
  ours: 'encodeUwsgi()',
  baselines: ['Buffer.concat JS', 'one-string JS'],
  contenders: [
    { name: 'encodeUwsgi()', check: isPacket, run: environ => encodeUwsgi(environ) },
    { name: 'Buffer.concat JS', check: isPacket, run: bufferConcat },
    { name: 'one-string JS', check: isPacket, run: oneString }
  ]
}

/** The subject of a run: what is compared, on what, and what a release has to hold on the mixed corpus. */
export default {
  title: 'uwsgi packets',
  tasks: [decoding, encoding],
  mixed: mixedCorpus,
  special: specialInputs,
  adversarial: distinctShapes,
  /** `fast` at least `times` as fast as `slow`. */
  goals: [
    { fast: 'decodeUwsgi().environ', slow: 'naive JS', times: 11 },
    { fast: 'decodeUwsgi().environ', slow: 'careful JS', times: 5.5 },
    { fast: 'decodeUwsgi(), 3 get()', slow: 'decodeUwsgi().environ', times: 2 },
    { fast: 'encodeUwsgi()', slow: 'Buffer.concat JS', times: 9 },
    { fast: 'encodeUwsgi()', slow: 'one-string JS', times: 1.4 }
  ],
  /** What README.md says of it: where, and how it is said with the ratios of the mixed corpus. */
  readme: {
    place: /[\d.]+ times as fast as naive JS, [\d.]+ times as fast as careful JS/,
    text: ratio => ['naive JS', 'careful JS'].map(other => `${ratio(other, 'decodeUwsgi().environ')} times as fast as ${other}`).join(', ')
  }
}
