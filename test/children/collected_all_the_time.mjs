// Run with flags that make the collector run all the time, or --expose-gc: rounds of everything, compared with the first one of each kind.
import { round } from './hostile_work.mjs'

const codec = await import(process.argv[2])
const expected = Array.from({ length: 20 }, (_, i) => round(codec, i))
let wrong = 0
let rounds = 0
for (; rounds < 200; rounds++) {
  if (round(codec, rounds % 20) !== expected[rounds % 20]) wrong++
  if (rounds % 7 === 0) globalThis.gc?.()
}
process.stdout.write(JSON.stringify({ rounds, wrong }))
