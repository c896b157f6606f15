// Random choices that are the same on every machine and in every run: a figure can only be compared with another one of the same input.
// Knows nothing of what is chosen.

/** A generator of numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function generator (seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** An integer from `low` to `high`, both included. */
export function between (random, low, high) {
  return low + Math.floor(random() * (high - low + 1))
}

export function pick (random, items) {
  return items[Math.floor(random() * items.length)]
}

/** The items in another order. */
export function shuffled (random, items) {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = between(random, 0, i)
    const item = result[i]
    result[i] = result[j]
    result[j] = item
  }
  return result
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `length` lower-case letters and digits. */
export function word (random, length) {
  let text = ''
  for (let i = 0; i < length; i++) text += LETTERS[Math.floor(random() * LETTERS.length)]
  return text
}
