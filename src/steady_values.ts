// Steady values: those that heads of one shape nearly always have, as a front end's SERVER_NAME or a browser's Accept-Language. Which they
// are is learned from a few heads; then native code compares whole runs of them, and a head that has them gets the strings that are there
// instead of new ones. Knows neither protocol; decides nothing about a head but by its bytes.
import { latin1 } from './bytes.js'
import { binding } from './engine.js'
import type { Told, Variables } from './environ.js'
import { RECORD_WORDS } from './head_index.js'
import { MAX_STEADY_RUNS, STEADY_BLOCK, STEADY_BYTES, STEADY_LEAD } from './layout.js'

/** Heads of a shape that are looked at. */
export const SAMPLES = 8
/** How many of them have to have the value of the last one. */
const ALIKE = 7
/** To compare a longer value with what is remembered takes as long as to cut it. */
const LONGEST = 32
/** How long a comparison takes must not tell how much of these somebody has guessed. */
const SECRETS: ReadonlySet<string> = new Set(['HTTP_COOKIE', 'HTTP_AUTHORIZATION', 'HTTP_PROXY_AUTHORIZATION'])

/** Bytes of a head and its index, both as they are now. */
export interface FreshHead {
  readonly bytes: Uint8Array
  readonly byteLength: number
  /** The word where the records stand. */
  readonly at: number
}

/** Values of variables one behind the other, found together or not at all. */
export interface SteadyRun {
  /** The place of the first one among the variables. */
  readonly start: number
  readonly values: readonly string[]
}

const { slab } = binding
let lastSerial = 0

/** Runs of a shape, as native code has been told; `serial` names them. */
export interface SteadyValues {
  readonly serial: number
  readonly runs: readonly SteadyRun[]
}

/** Finds the steady values of a shape among those of `samples`, and has native code look for them from the next head on. */
export function keepSteadyValues (
  shape: { readonly slot: number, readonly serial: number }, { names, sources }: Variables, told: readonly Told[],
  samples: ReadonlyArray<readonly string[]>, { bytes, byteLength, at }: FreshHead
): SteadyValues {
  const serial = ++lastSerial
  const latest = samples.at(-1)
  const recordOf = (i: number): number => at + RECORD_WORDS * sources[i]!
  const isSteady = (i: number): boolean => sources[i]! >= 0 && !SECRETS.has(names[i]!) && told.every(({ source }) => source !== sources[i]) &&
    latest![i]!.length <= LONGEST && samples.filter(values => values[i] === latest![i]).length >= ALIKE &&
    slab[recordOf(i) + 2]! >= STEADY_LEAD && slab[recordOf(i) + 3]! <= byteLength
  // The key of the next one stands behind the value of this one; records without a key do not stand where their place says.
  const goesOn = (i: number): boolean => i + 1 < names.length && sources[i + 1] === sources[i]! + 1 && slab[recordOf(i + 1)]! > slab[recordOf(i) + 3]!
  const runs: SteadyRun[] = []
  let room = STEADY_BYTES
  for (let start = 0; start < names.length && runs.length < MAX_STEADY_RUNS; start++) {
    if (!isSteady(start)) continue
    let last = start
    while (goesOn(last) && isSteady(last + 1)) last++
    const from = slab[recordOf(start) + 2]! - STEADY_LEAD
    const to = slab[recordOf(last) + 3]!
    const taken = STEADY_BLOCK * Math.ceil((to - from) / STEADY_BLOCK)
    if (taken <= room) {
      room -= taken
      binding.keepSteady(latin1(bytes, from, to), shape.slot, shape.serial, serial, runs.length, sources[start]!, sources[last]!)
      const values = Array.from({ length: last + 1 - start }, (_, i) => latin1(bytes, slab[recordOf(start + i) + 2]!, slab[recordOf(start + i) + 3]!))
      runs.push({ start, values })
    }
    start = last
  }
  return { serial, runs }
}
