// Encodes where the stack ends, at every depth around there. Reports whether the end of the stack was met, whether packets were made there,
// too, what was wrong then or afterwards, and how many encoders can be at work inside one another at last: what one leaves behind would
// take the place of others.
import { divingFunction } from './diving.mjs'

const { decodeUwsgiArray, encodeResponseHead, encodeUwsgi, transcodeHttpToUwsgi } = await import(process.argv[2])
const dives = [0, 2, 4, 6, 8, 10].map(divingFunction)
const DEPTHS = 40
const request = Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
const array = Uint8Array.of(173, 6, 0, 0, 1, 0, 65, 1, 0, 66)
const encoders = [
  () => encodeUwsgi([['A', '1'], ['B', '2']], { set: { B: '3', C: '4' } }).toString('latin1'),
  () => encodeUwsgi({ A: '1', B: Buffer.from('2') }).toString('latin1'),
  () => encodeResponseHead(200, { a: 'b', c: ['d', 'e'] }).toString('latin1'),
  () => transcodeHttpToUwsgi(request, { set: { A: 'b', C: undefined } }).packet.toString('latin1'),
  () => decodeUwsgiArray(array).items.join()
]
const expected = encoders.map(encode => encode())

let ended = 0
let reached = 0
const wrong = new Set()
for (const [i, encode] of encoders.entries()) {
  for (let run = 0; run < DEPTHS * dives.length; run++) {
    const state = { left: Math.floor(run / dives.length), act: encode, subject: undefined, result: undefined, thrown: undefined }
    try { dives[run % dives.length](state) } catch {}
    if (state.result === undefined) ended++
    else reached++
    if (state.result !== undefined && state.result !== expected[i]) wrong.add(`${i}: ${state.result}`)
    encoders.forEach((other, k) => { if (other() !== expected[k]) wrong.add(`${k} after ${i}: ${other()}`) })
  }
}

/** Each has 12 000 variables, and the next one begins in its last: 24 000 lengths are in use at each level, of 131 072. */
function nested (levels) {
  return encodeUwsgi((function * () {
    for (let i = 0; i < 12_000; i++) yield ['K', '']
    if (levels > 1) nested(levels - 1)
  })()).length
}
process.stdout.write(JSON.stringify({ ended: ended > 0, reached: reached > 0, wrong: [...wrong].slice(0, 9), nested: nested(5) }))
