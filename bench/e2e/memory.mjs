// What idle connections take: the memory of gatewire's HTTP server and of node:http grows by how much when a client opens 10 000 connections,
// has one request answered on each of them, and leaves them open.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { goalBlock, goalOf } from '../report/goals.mjs'
import { chartNote, machineLine } from '../report/page.mjs'
import { median, ratios } from '../report/statistics.mjs'
import { table, times } from '../report/table.mjs'
import { startClient, startServer } from './child.mjs'
import { placesText } from './cores.mjs'
import { residentBytes } from './processes.mjs'

const LONG = 600_000 // ms: no connection is closed while it is counted
const SERVERS = [
  { name: 'gatewire', file: 'gatewire.mjs', options: { protocol: 'http', listen: '127.0.0.1:0', keepAliveTimeout: LONG, maxConnections: 100_000 } },
  { name: 'node:http', file: 'node_http.mjs', options: { keepAliveTimeout: LONG } }
]
const GOAL = { atMost: 0.7 }
const THOROUGH = { connections: 10_000, rounds: 3 }
const QUICK = { connections: 500, rounds: 1 }
/** So that code is compiled and the heap has its usual size before memory is looked at for the first time. */
const WARM_UP = { connections: 50, requests: 100 }
/** Descriptors of a process besides those of its connections. */
const OTHER_DESCRIPTORS = 100

/** Node raises its limit to what it may have. */
function mostDescriptors () {
  const [, limit] = /^Max open files +\d+ +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
  return limit === 'unlimited' ? Infinity : Number(limit)
}

/** Bytes of a server that has nothing to do and has collected its garbage: when two readings in a row are alike. */
async function settledBytes (server) {
  for (let last = 0; ;) {
    await server.ask('collect')
    await sleep(250)
    const bytes = residentBytes(server.pid)
    if (Math.abs(bytes - last) < 128 * 1024) return bytes
    last = bytes
  }
}

async function growthOf ({ file, options }, connections, localAddress) {
  const server = await startServer(file, options, ['--expose-gc'])
  const clients = []
  const client = async load => {
    clients.push(await startClient('idle_connections.mjs', { address: server.address, localAddress, ...load }))
    return clients.at(-1)
  }
  try {
    await (await client(WARM_UP)).stop()
    const before = await settledBytes(server)
    const holding = await client({ connections, requests: 1 })
    const after = await settledBytes(server)
    assert.equal(await holding.ask('open'), connections, 'connections were closed meanwhile')
    return { before, after, growth: after - before }
  } finally {
    for (const each of clients) await each.stop()
    await server.stop()
  }
}

const megabytes = bytes => (bytes / 1e6).toFixed(1)

export default {
  title: 'Memory of idle connections',
  peers: [],
  reasonAgainst (quick) {
    const wanted = (quick ? QUICK : THOROUGH).connections + OTHER_DESCRIPTORS
    return mostDescriptors() < wanted ? `a process may have ${mostDescriptors()} open files here, and ${wanted} are needed (ulimit -Hn)` : undefined
  },
  async run ({ quick }, progress) {
    const { connections, rounds } = quick ? QUICK : THOROUGH
    const results = SERVERS.map(({ name }) => ({ name, before: [], after: [], growth: [] }))
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < SERVERS.length; turn++) {
        const which = (round + turn) % SERVERS.length
        progress.show(`round ${round + 1} of ${rounds}`, { detail: SERVERS[which].name, done: round * SERVERS.length + turn, total: rounds * SERVERS.length, unit: 'servers' })
        const seen = await growthOf(SERVERS[which], connections, `127.0.0.${2 + round * SERVERS.length + turn}`)
        for (const [what, bytes] of Object.entries(seen)) results[which][what].push(bytes)
      }
    }
    progress.clear()
    const [ours, theirs] = results
    const share = result => median(ratios(result.growth, theirs.growth))
    const goals = [goalOf(`growth of gatewire against node:http, ${connections} connections`, share(ours), GOAL)]
    const columns = ['', 'MB before', 'MB with them', 'growth, MB', 'bytes a connection', 'against node:http']
    return {
      goals,
      chart: {
        title: `Memory of ${connections} idle connections`,
        note: chartNote('medians; marks: minima'),
        panels: [{
          title: 'Growth',
          unit: 'MB, less is better',
          bars: results.map(({ name, growth }) => {
            const [value, least] = [median(growth), Math.min(...growth)]
            return { label: name, value, least, text: megabytes(value), ours: name === ours.name }
          })
        }]
      },
      text: [
        machineLine(placesText('server', 'client'), `rounds: ${rounds}`),
        `**${connections} idle connections**: resident memory, medians.`,
        table(columns, results.map(result => [
          result.name,
          ...[result.before, result.after, result.growth].map(list => megabytes(median(list))),
          String(Math.round(median(result.growth) / connections)),
          result === theirs ? '' : times(share(result))
        ])),
        ...quick ? [] : ['**Goals**, growth', goalBlock(goals)]
      ].join('\n\n')
    }
  }
}
