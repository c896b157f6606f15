// npm run bench:e2e [-- --quick] [-- --check]: requests per second of gatewire's HTTP server and of node:http, with wrk as client, on
// connections that are kept alive: one request after the other, and 16 pipelined.
//
//   --quick   a second for each: shows that the benchmark works, its figures mean nothing
//   --check   exit status 1 when a goal is missed
//
// Both servers run on the same core, wrk on another one (taskset): with more of them, its threads would sleep between responses, and what
// the servers would be measured by is how long the system takes to wake them. They are measured in turn, several rounds in one run, so a
// machine that is busy for a while is busy for both; a ratio is taken within each round, and the median of these is shown. Without wrk
// nothing is measured.
import assert from 'node:assert/strict'
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BODY, TYPE } from './answer.mjs'

const SERVERS = [{ name: 'gatewire', file: 'gatewire_http.mjs' }, { name: 'node:http', file: 'node_http.mjs' }]
const PIPELINED = 16
const LOADS = [
  { name: 'one after the other', goal: 2, script: [] },
  { name: `${PIPELINED} pipelined`, goal: 8, script: ['-s', here('pipeline.lua')], argument: ['--', String(PIPELINED)] }
]
const CONNECTIONS = 64
const THOROUGH = { rounds: 7, seconds: 3, warmSeconds: 3 }
const QUICK = { rounds: 1, seconds: 1, warmSeconds: 0 }

function here (file) {
  return fileURLToPath(new URL(file, import.meta.url))
}

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, check: { type: 'boolean' } } })
if (options.quick && options.check) {
  console.error('--quick measures too short a time for --check')
  process.exit(2)
}
if (!existsSync(here('../../dist/server/index.js'))) {
  console.error('There is no dist/ to measure. Run: npm run build')
  process.exit(2)
}
if (spawnSync('wrk', ['-v']).error !== undefined) {
  console.log('Skipped: wrk is not installed (Debian: apt-get install wrk).')
  process.exit(options.check ? 2 : 0)
}

const cores = os.availableParallelism()
const canPin = cores > 1 && spawnSync('taskset', ['-V']).error === undefined
const serverCore = String(cores - 1)
const wrkCore = '0'
/** A command, on these cores where cores can be chosen. */
const pinned = (list, command) => canPin ? ['taskset', '-c', list, ...command] : command

async function start ({ name, file }) {
  const child = fork(here(file))
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', serverCore, String(child.pid)]) // all its threads
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${name} has ended`)))
  const [port] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {}) // at the end it is meant to
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', serverCore, String(child.pid)]) // and those that it has started meanwhile
  return { name, child, url: `http://127.0.0.1:${port}/` }
}

/** Requests per second. Anything but good answers is an error: a server that refuses fast is not fast. */
function load (url, { script, argument = [] }, seconds) {
  const wrk = ['wrk', '-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, ...script, url, ...argument]
  const [command, ...args] = pinned(wrkCore, wrk)
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const rate = /^Requests\/sec: +([\d.]+)$/m.exec(stdout)
  assert.ok(status === 0 && rate !== null, `wrk failed: ${stdout}${stderr}`)
  assert.ok(!/Non-2xx|Socket errors/.test(stdout), `wrk saw errors:\n${stdout}`)
  return Number(rate[1])
}

function median (values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const servers = []
try {
  for (const server of SERVERS) servers.push(await start(server))
  for (const { url } of servers) {
    const response = await fetch(url)
    assert.deepEqual([response.status, response.headers.get('content-type'), await response.text()], [200, TYPE, BODY])
    assert.ok(response.headers.has('date'))
  }
  const effort = options.quick ? QUICK : THOROUGH
  const rates = LOADS.map(() => servers.map(() => []))
  for (let round = effort.warmSeconds > 0 ? -1 : 0; round < effort.rounds; round++) {
    for (const [i, kind] of LOADS.entries()) {
      for (let turn = 0; turn < servers.length; turn++) {
        const which = (round + 1 + turn) % servers.length // each round begins with another one
        const rate = load(servers[which].url, kind, round < 0 ? effort.warmSeconds : effort.seconds)
        if (round >= 0) rates[i][which].push(rate)
      }
    }
    if (round >= 0) console.error(`round ${round + 1} of ${effort.rounds}`)
  }

  const where = canPin ? `servers on core ${serverCore}, wrk on core ${wrkCore}` : 'not pinned to cores'
  console.log(`\n${os.cpus()[0].model.trim()}, ${cores} cores; Node ${process.versions.node}; ${where}; ${CONNECTIONS} connections; ` +
    `${effort.rounds} rounds of ${effort.seconds} s; ${new Date().toISOString().slice(0, 10)}\n`)
  console.log(`| requests per second, median | ${servers.map(({ name }) => name).join(' | ')} | ratio | of rounds | goal |`)
  console.log(`|---|${servers.map(() => '---:|').join('')}---:|---:|---:|`)
  for (const [i, { name, goal }] of LOADS.entries()) {
    const ratios = rates[i][0].map((rate, round) => rate / rates[i][1][round])
    const ratio = median(ratios)
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    console.log(`| ${name} | ${rates[i].map(list => Math.round(median(list))).join(' | ')} | ${ratio.toFixed(2)}x | ${range} | ${goal}x |`)
    if (options.check && ratio < goal) process.exitCode = 1
  }
  if (options.quick) console.log('\nBoth servers answer. --quick: the figures above mean nothing.')
} finally {
  for (const { child } of servers) child.disconnect()
}
