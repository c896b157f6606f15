// Before anything is timed: every contender has to give the right result for every item of an input. A fast wrong answer is not a result.
// Runs the same loop as the measurement. Knows no contender.
import { pass, placesFor } from './loop.mjs'

/** Throws when a contender gives a wrong result. Before the times are taken, and again after them: then other code runs, compiled for known shapes. */
export function verifyInput (contenders, list, input) {
  for (const contender of contenders) {
    const results = placesFor(list.length)
    pass(contender, list, results)
    for (let i = 0; i < list.length; i++) contender.check(results[i], input, i, `${contender.name}, ${input.name}, number ${i}`)
  }
}
