// What is measured: this package, and what a user of Node has without it. All are called from one loop, as a server calls them: from code
// that was not compiled for one of them alone.
import { decodeUwsgi, encodeUwsgi } from 'gatewire'
import { bufferConcat, carefulUwsgi, naiveUwsgi, oneString } from './plain_javascript.mjs'

/** The three variables of a handler that only wants to know where a request goes. */
export const WANTED = ['REQUEST_METHOD', 'PATH_INFO', 'HTTP_HOST']

function wanted (packet) {
  const head = decodeUwsgi(packet)
  return [head.get('REQUEST_METHOD'), head.get('PATH_INFO'), head.get('HTTP_HOST')]
}

/** Packet in. `gives`: what a result is, for the check before anything is timed. None but gatewire validates what it reads. */
export const decoders = [
  { name: 'decodeUwsgi().environ', gives: 'environ', run: packet => decodeUwsgi(packet).environ },
  { name: 'decodeUwsgi(), 3 get()', gives: 'wanted', run: wanted },
  { name: 'decodeUwsgi() only', gives: 'head', run: packet => decodeUwsgi(packet) },
  { name: 'naive JS', gives: 'environ', run: naiveUwsgi },
  { name: 'careful JS', gives: 'environ', run: carefulUwsgi }
]

/** Environ in, packet out. */
export const encoders = [
  { name: 'encodeUwsgi()', gives: 'packet', run: environ => encodeUwsgi(environ) },
  { name: 'Buffer.concat JS', gives: 'packet', run: bufferConcat },
  { name: 'one-string JS', gives: 'packet', run: oneString }
]

/**
 * Goes over a whole list. Every result is left where the caller finds it, so that nothing can be optimised away: result i in place i
 * modulo the length of `results`, a power of two.
 */
export function pass ({ run }, list, results) {
  const mask = results.length - 1
  for (let i = 0; i < list.length; i++) results[i & mask] = run(list[i])
}

/** Places for results: a power of two of them. */
export function placesFor (atLeast) {
  return Array.from({ length: 2 ** Math.ceil(Math.log2(atLeast)) })
}
