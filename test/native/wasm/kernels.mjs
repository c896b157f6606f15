// node kernels.mjs module.wasm seeds: the kernels of a WebAssembly module (module.cc) against one another and against the reference. What
// the vector kernel vouches for is what the reference reads; heads and packets decode alike with each. The inputs: the seeds of the fuzz
// targets, cut at every byte and changed at random, and every byte at every place of a block. Each ends where the memory ends.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const [file, seeds] = process.argv.slice(2)
const { exports: core } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {})
const memory = Buffer.from(core.memory.buffer)
let calls = 0

function textAt (address) {
  return memory.toString('latin1', address, memory.indexOf(0, address))
}

/** What an export says of some bytes, as bytes. */
function ask (question, bytes) {
  bytes.copy(memory, memory.length - bytes.length)
  const size = core[question](bytes.length) >>> 0
  const at = core.answer() >>> 0
  calls++
  return Buffer.from(memory.subarray(at, at + size))
}

const isComplete = answer => answer.readUInt32LE(0) === 1

const kernels = []
for (let number = 0; core.name_of_kernel(number) !== 0; number++) kernels.push(textAt(core.name_of_kernel(number)))
assert.deepEqual(kernels, ['simd128', 'scalar'])

/** Asks every kernel, and compares. True: the vector kernel vouched for it. */
function compare (bytes, decoders) {
  const [first, ...others] = kernels.map((_, number) => {
    assert.ok(core.use_kernel(number))
    return decoders.map(decoder => ask(decoder, bytes))
  })
  for (const answers of others) assert.deepEqual(answers, first, `kernels disagree about ${JSON.stringify(bytes.toString('latin1'))}`)
  assert.ok(core.use_kernel(0))
  const read = ask('read_head', bytes)
  if (!isComplete(read)) return false
  assert.deepEqual(read, ask('read_lines', bytes), `read otherwise than by the reference: ${JSON.stringify(bytes.toString('latin1'))}`)
  return true
}

// A linear congruential generator is random enough, and the same everywhere.
let state = 20261121
const below = limit => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor(state / 2 ** 32 * limit)
}

const SPECIAL = Buffer.from('\r\n: \t\0\x7F\x80#?/%', 'latin1')
function changed (bytes) {
  const copy = Buffer.from(bytes)
  for (let changes = 1 + below(3); changes > 0; changes--) copy[below(copy.length)] = below(2) === 0 ? below(256) : SPECIAL[below(SPECIAL.length)]
  return copy
}

for (const [folder, decoder] of [['fuzz_request_head', 'decode_http'], ['fuzz_packet', 'decode_uwsgi']]) {
  const inputs = readdirSync(path.join(seeds, folder)).map(name => readFileSync(path.join(seeds, folder, name)))
  assert.ok(inputs.length > 20)
  for (const bytes of inputs) {
    compare(bytes, [decoder])
    for (let size = 0; size < Math.min(bytes.length, 2000); size++) compare(bytes.subarray(0, size), [decoder])
    for (let round = 0; round < 100; round++) compare(changed(bytes), [decoder])
  }
}

// Where a name, a target and a value may have which bytes, and that the vector kernel takes all of these heads itself.
const places = [
  ['GET / HTTP/1.1\r\nn', ': v\r\n', byte => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte))],
  ['GET /t', ' HTTP/1.1\r\nn: v\r\n', byte => byte > 0x20 && byte < 0x7F && byte !== 0x23],
  ['GET / HTTP/1.1\r\nn: v', 'v\r\n', byte => byte === 9 || (byte >= 0x20 && byte !== 0x7F)]
]
for (const [before, behind, isValid] of places) {
  for (let padding = 0; padding < 140; padding += 3) {
    for (let byte = 0; byte < 256; byte++) {
      if (byte === 0x3A && behind.startsWith(':')) continue // the name ends there
      const head = Buffer.from(`${before}${'p'.repeat(padding % 64)}${String.fromCharCode(byte)}${behind}p: ${'p'.repeat(padding)}\r\n\r\n`, 'latin1')
      assert.equal(compare(head, []), isValid(byte), JSON.stringify(head.toString('latin1')))
    }
  }
}

console.log(`${kernels.join(', ')}: ${calls} calls, no difference`)
