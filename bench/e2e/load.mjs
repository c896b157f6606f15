// Loads set-ups with wrk and says how many requests a second were answered and what each of them cost. A set-up is a URL, the processes of the
// server behind it and, when there is one, those of the front end. Knows no server.
import assert from 'node:assert/strict'
import { median, ratios } from '../report/statistics.mjs'
import { table, times } from '../report/table.mjs'
import { grouped } from '../../scripts/progress.mjs'
import { startedAt } from './cores.mjs'
import { runWrk } from './peers.mjs'
import { processorSeconds } from './processes.mjs'

export const CONNECTIONS = 32

/** Anything but good answers is an error: a server that refuses fast is not fast. */
async function sample ({ url, server, frontEnd = [] }, pipelined, seconds) {
  const before = [server, frontEnd].map(processorSeconds)
  const report = await runWrk(url, { connections: CONNECTIONS, seconds, pipelined, startedBy: startedAt('client') })
  const [serverCost, frontEndCost] = [server, frontEnd].map((pids, i) => (processorSeconds(pids) - before[i]) / report.requests * 1e6)
  assert.ok(report.refused === 0 && report.socketErrors === 0, `wrk saw errors:\n${report.text}`)
  return { rate: report.perSecond, serverCost, frontEndCost }
}

/**
 * Groups of set-ups, `{ pipelined, setUps }`, round after round: within a group they come in turn, and each round begins with another one, so
 * that a machine that is busy for a while is busy for all. The result: for each group and set-up what it is called and, in lists with a
 * number for each round, requests per second (`rate`) and microseconds of processor time for a request (`serverCost`, `frontEndCost`).
 */
export async function loadInTurn (groups, { rounds, seconds, warmSeconds }, progress) {
  const results = groups.map(({ setUps }) => setUps.map(({ name }) => ({ name, rate: [], serverCost: [], frontEndCost: [] })))
  let left = groups.reduce((sum, { setUps }) => sum + setUps.length, 0) * (warmSeconds + rounds * seconds)
  let rate = ''
  for (let round = warmSeconds > 0 ? 0 : 1; round <= rounds; round++) {
    for (const [g, { pipelined, setUps }] of groups.entries()) {
      for (let turn = 0; turn < setUps.length; turn++) {
        const which = (round + turn) % setUps.length
        progress.show(round === 0 ? 'warm up' : `round ${round} of ${rounds}`, { detail: setUps[which].name, rate, left })
        const length = round === 0 ? warmSeconds : seconds
        const seen = await sample(setUps[which], pipelined, length)
        left -= length
        rate = `${grouped(seen.rate)} requests/s before`
        if (round > 0) for (const [what, value] of Object.entries(seen)) results[g][which][what].push(value)
      }
    }
  }
  progress.clear()
  return results
}

/** How many times as many requests a second as another set-up. */
export const byRate = (result, other) => median(ratios(result.rate, other.rate))
/** How many times as little processor time of the server for a request. */
export const byCost = (result, other) => median(ratios(other.serverCost, result.serverCost))

const microseconds = value => value.toFixed(1)

/** All set-ups of a group. `comparisons`: columns with how many times as good each is as one of them, `{ title, to, by }`. */
export function setUpTable (results, comparisons) {
  const hasFrontEnd = results.some(({ frontEndCost }) => frontEndCost.some(cost => cost > 0))
  const columns = ['', 'requests/s, median', 'maximum', 'CPU µs, median', 'minimum', ...hasFrontEnd ? ['of nginx'] : [], ...comparisons.map(({ title }) => title)]
  return table(columns, results.map(result => [
    result.name,
    String(Math.round(median(result.rate))),
    String(Math.round(Math.max(...result.rate))),
    microseconds(median(result.serverCost)),
    microseconds(Math.min(...result.serverCost)),
    ...hasFrontEnd ? [microseconds(median(result.frontEndCost))] : [],
    ...comparisons.map(({ to, by }) => to === result.name ? '' : times(by(result, results.find(({ name }) => name === to))))
  ]))
}

/** The bars of a group: requests per second, or the cost of one. `ours`: which set-ups are. */
export function ratePanel (title, results, ours) {
  return {
    title,
    unit: 'requests per second, more is better',
    bars: results.map(({ name, rate }) => ({ label: name, value: median(rate), text: String(Math.round(median(rate))), ours: ours(name) }))
  }
}

export function costPanel (title, results, ours) {
  return {
    title,
    unit: 'µs of processor time for a request, less is better',
    bars: results.map(({ name, serverCost: cost }) => ({ label: name, value: median(cost), least: Math.min(...cost), text: microseconds(median(cost)), ours: ours(name) }))
  }
}
