// The loop that everything is called from, when it is checked and when it is timed: as a server calls it, from code that was not compiled
// for one contender alone. Knows no contender.

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
