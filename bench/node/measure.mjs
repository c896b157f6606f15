// Taking times. All contenders of an input run in one process and by turns: a machine that is slow for a second is slow for all of
// them, so ratios are taken within a round and their median is reported. tinybench takes the samples; it costs some 50 ns each and reads
// a clock with steps of its own, so one sample is many packets: whole passes over the input, some milliseconds of them, garbage included.
import { Bench } from 'tinybench'
import { median, ratios } from '../report/statistics.mjs'
import { pass, placesFor } from './loop.mjs'

const RESULTS_KEPT = 64

/**
 * Milliseconds of one sample, and of warming up for each contender: code made for one shape of many takes a while until V8 has compiled it.
 * Fewest rounds.
 */
const thorough = seconds => ({ warmMs: 120 * seconds, sampleMs: 12, leastRounds: 7 })
const QUICK = { warmMs: 5, sampleMs: 0, leastRounds: 2 }

/** Something to measure: a contender and the list that it goes over. */
function taskOf (bench, contender, list) {
  const results = placesFor(RESULTS_KEPT)
  let passes = 1
  bench.add(contender.name, () => {
    for (let i = 0; i < passes; i++) pass(contender, list, results)
  })
  const task = bench.tasks.at(-1)
  return {
    contender,
    samples: [],
    /** Milliseconds for all passes. */
    run () {
      task.reset(false)
      task.runSync()
      return task.result.latency.mean
    },
    /** Nanoseconds for one item. */
    sample () {
      this.samples.push(this.run() / passes / list.length * 1e6)
    },
    /** Warm, and as many passes as make a sample long enough. */
    settle ({ warmMs, sampleMs }) {
      let least = Infinity
      for (let spent = 0; spent < warmMs;) {
        const ms = this.run()
        spent += ms
        least = Math.min(least, ms)
      }
      passes = Math.max(1, Math.ceil(sampleMs / least))
    }
  }
}

/**
 * Measures contenders against each other on a list, for `seconds` and at least some rounds; 0 seconds: only to see that it works.
 * `afterRound` is called with the number of rounds.
 * The result: median and minimum of each in ns, and `ratio(a, b)`, how many times the time of `b` is that of `a`.
 */
export function measure (contenders, list, seconds, afterRound) {
  const bench = new Bench({ time: 0, iterations: 1, warmup: false, throws: true })
  const tasks = contenders.map(contender => taskOf(bench, contender, list))
  const effort = seconds > 0 ? thorough(seconds) : QUICK
  for (const task of tasks) task.settle(effort)
  const end = performance.now() + seconds * 1000
  for (let round = 0; round < effort.leastRounds || performance.now() < end; round++) {
    // Each round begins with another contender, so that none always runs in the wake of the same one.
    for (let i = 0; i < tasks.length; i++) tasks[(round + i) % tasks.length].sample()
    afterRound(round + 1)
  }
  const samplesOf = name => tasks.find(task => task.contender.name === name).samples
  const ratio = (a, b) => median(ratios(samplesOf(a), samplesOf(b)))
  const row = ({ name }) => ({ name, median: median(samplesOf(name)), minimum: Math.min(...samplesOf(name)) })
  return { rounds: tasks[0].samples.length, rows: contenders.map(row), ratio }
}
