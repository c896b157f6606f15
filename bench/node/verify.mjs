// Before anything is timed: every contender has to give the right result for every packet and every environ of an input. A fast wrong
// answer is not a result. Runs the same loops as the measurement.
import assert from 'node:assert/strict'
import { decoders, encoders, pass, placesFor, WANTED } from './contenders.mjs'

// Own properties in order; the prototype may differ, gatewire's environ inherits nothing.
function checkEnviron (actual, expected, where) {
  assert.equal(JSON.stringify(actual), JSON.stringify(expected), where)
}

const checks = {
  environ: (result, { environ }, where) => checkEnviron(result, environ, where),
  head: (result, { environ, packet }, where) => {
    checkEnviron(result.environ, environ, where)
    assert.equal(result.byteLength, packet.length, where)
  },
  wanted: (result, { environ }, where) => assert.equal(JSON.stringify(result), JSON.stringify(WANTED.map(name => environ[name])), where),
  packet: (result, { packet }, where) => assert.ok(packet.equals(result), `${where}: the packet differs`)
}

function verify (contender, list, input) {
  const results = placesFor(list.length)
  pass(contender, list, results)
  for (let i = 0; i < list.length; i++) {
    checks[contender.gives](results[i], { environ: input.environs[i], packet: input.packets[i] }, `${contender.name}, ${input.name}, number ${i}`)
  }
}

/** Throws when a contender gives a wrong result. Before the times are taken, and again after them: then other code runs, compiled for known shapes. */
export function verifyInput (input) {
  for (const contender of decoders) verify(contender, input.packets, input)
  for (const contender of encoders) verify(contender, input.environs, input)
}
