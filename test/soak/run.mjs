// npm run soak [-- --seconds N] [--pause MS]: mixed traffic against `gatewire serve`, over HTTP and over uwsgi behind nginx, and against `gatewire
// proxy` before it. Prints what was asked and what became of it, and what the processes took. Exit status 1 when a request is lost, a status
// is not what it should be, memory grows, or a descriptor stays open.
//
//   --seconds N   how long; default 600
//   --pause MS    between two requests, or connections, of a client; default 2
//
// Needs Linux, nginx, wrk, and `npm run build`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findNginx, findWrk, runWrk, startCommand, startNginx } from '../../bench/e2e/peers.mjs'
import { openDescriptors, residentBytes } from '../../bench/e2e/processes.mjs'
import { table } from '../../bench/report/table.mjs'
import { duration, grouped, Progress } from '../../scripts/progress.mjs'
import { runTraffic } from './traffic.mjs'
import { trendOf } from './trend.mjs'

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, pause: { type: 'string', default: '2' } } })
const [SECONDS, PAUSE] = [options.seconds, options.pause].map(Number)
if (!(SECONDS >= 10) || !(PAUSE >= 0)) {
  console.error('--seconds N has to be 10 at least, --pause MS a number')
  process.exit(2)
}
if (process.platform !== 'linux' || findNginx() === undefined || findWrk() === undefined) {
  console.error('It needs Linux, nginx and wrk (CONTRIBUTING.md has the packages).')
  process.exit(2)
}
/** Part of the time in which caches fill and heaps find their size. Memory is looked at after it. */
const WARM = Math.min(60, SECONDS / 4)
const MIB = 1024 * 1024
/** MiB a minute, beyond what chance explains; and, where there is no time for a trend, MiB in all. */
const MOST_GROWTH = 1
const MOST_GROWTH_AT_ONCE = 100
const TREND_SECONDS = 120
const WRK = { connections: 8, seconds: 3 }

const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-soak-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130)) // not without stopping what was started
const violations = []
const progress = new Progress()
const stops = []

/** A gatewire process that is watched. */
async function start (name, command, args) {
  const watch = path.join(folder, name)
  const env = { ...process.env, SOAK_WATCH: watch, NODE_OPTIONS: `--import=${new URL('watch.mjs', import.meta.url).href}` }
  const peer = await startCommand(command, args, { env })
  stops.push(() => peer.stop())
  const watched = () => readFileSync(watch, 'utf8').trim().split('\n').map(line => JSON.parse(line))
  return { name, peer, watched, before: 0, after: 0 }
}

/** wrk against one target after the other: requests and failures of each. */
async function load (targets, goesOn) {
  for (let turn = 0; goesOn(); turn++) {
    const target = targets[turn % targets.length]
    const pipelined = target.ours && turn % 2 === 0 ? 16 : 1
    const { requests, refused, socketErrors, text } = await runWrk(`http://127.0.0.1:${target.port}/hello`, { ...WRK, pipelined })
    target.wrk.answered += requests
    target.wrk.lost += refused + socketErrors
    if (refused + socketErrors > 0) violations.push(`wrk, ${target.name}:\n${text}`)
  }
}

const totalOf = (targets, what) => targets.reduce((sum, { tallies, wrk }) => sum + wrk[what] + Object.values(tallies).reduce((all, tally) => all + tally[what], 0), 0)

async function show (targets, servers, goesOn) {
  const began = progress.seconds
  for (let last = 0; goesOn();) {
    const from = progress.seconds
    await sleep(1000)
    const answered = totalOf(targets, 'answered')
    const rate = `${grouped((answered - last) / (progress.seconds - from))} answers/s`
    last = answered
    const memory = servers.map(({ name, peer }) => `${name} ${Math.round(residentBytes(peer.pid) / MIB)} MiB`).join(', ')
    const detail = `${grouped(answered)} answered, ${totalOf(targets, 'lost')} lost, ${memory}`
    progress.show(`traffic for ${duration(SECONDS)}`, { detail, rate, left: began + SECONDS - progress.seconds })
  }
  progress.show('last answers, and what is closed')
}

/** What a process took, as a row of the table. */
function rowOf ({ name, watched, before, after }) {
  const lines = watched()
  const points = lines.filter(({ at }) => at >= WARM).map(({ at, rss }) => [at / 60, rss / MIB])
  const { slope, error, first, last } = trendOf(points)
  const { p99, longest, counts } = lines.at(-1)
  const span = (points.at(-1)[0] - points[0][0]) * 60
  if (span >= TREND_SECONDS ? slope - 2 * error > MOST_GROWTH : last - first > MOST_GROWTH_AT_ONCE) violations.push(`${name}: memory grows by ${slope.toFixed(2)} MiB a minute`)
  if (after > before) violations.push(`${name}: ${after} descriptors are open, ${before} were before`)
  const open = counts.request - counts.response - counts.refused - counts.cut
  if (open !== 0) violations.push(`${name}: ${open} requests of ${counts.request} have no end`)
  if (counts.failed > 0) violations.push(`${name}: the handler failed ${counts.failed} times`)
  return [name, ...[
    counts.request, counts.response, counts.refused + counts.cut, first.toFixed(1), Math.max(...lines.map(({ rss }) => rss / MIB)).toFixed(1), (lines.at(-1).rss / MIB).toFixed(1),
    `${slope.toFixed(2)} ± ${(2 * error).toFixed(2)}`, p99.toFixed(1), longest.toFixed(1), before, after
  ].map(String)]
}

try {
  const serve = await start('serve', 'serve', [fileURLToPath(new URL('../faults/app.mjs', import.meta.url)), '--uwsgi', '0'])
  const uwsgi = `127.0.0.1:${/uwsgi on \S+:(\d+)/.exec(serve.peer.log())[1]}`
  const proxy = await start('proxy', 'proxy', ['--to', `uwsgi://${uwsgi}`])
  const nginx = await startNginx({ upstream: uwsgi, httpDirectives: 'keepalive_requests 1000000000;' })
  stops.push(() => nginx.stop())
  const servers = [serve, proxy]
  const targets = [{ name: 'serve, HTTP', port: serve.peer.port, ours: true }, { name: 'nginx, serve, uwsgi', port: nginx.port, ours: false }, { name: 'proxy, serve, uwsgi', port: proxy.peer.port, ours: true }]
  // What is loaded and opened with the first requests is no leak.
  for (const { port } of targets) await (await fetch(`http://127.0.0.1:${port}/hello`, { headers: { connection: 'close' } })).text()
  await sleep(1000)
  for (const server of servers) server.before = openDescriptors(server.peer.pid)

  const end = performance.now() + 1000 * SECONDS
  const goesOn = () => performance.now() < end
  const running = []
  for (const target of targets) {
    target.wrk = { sent: 0, answered: 0, aborted: 0, lost: 0 }
    const traffic = await runTraffic(target.port, target.ours, PAUSE, goesOn)
    target.tallies = traffic.tallies
    running.push(traffic.running)
  }
  await Promise.all([...running, load(targets, goesOn), show(targets, servers, goesOn)])
  for (const server of servers) {
    for (let tries = 0; tries < 150 && openDescriptors(server.peer.pid) > server.before; tries++) await sleep(100)
    server.after = openDescriptors(server.peer.pid)
  }
  await sleep(1500) // for the last line of each watch
  progress.clear()

  const rows = targets.flatMap(({ name, tallies, wrk }) => [
    [`${name}: wrk`, wrk.answered + wrk.lost, wrk.answered, 0, wrk.lost],
    ...Object.entries(tallies).map(([kind, { sent, answered, aborted, lost }]) => [`${name}: ${kind}`, sent, answered, aborted, lost])
  ])
  rows.push(['all', ...[1, 2, 3, 4].map(i => rows.reduce((sum, row) => sum + row[i], 0))])
  for (const { name, tallies } of targets) {
    for (const { sent, answered, aborted, lost, unexpected } of Object.values(tallies)) {
      violations.push(...unexpected.map(what => `${name}: ${what}`))
      if (sent !== answered + aborted + lost) violations.push(`${name}: ${sent} sent, ${answered} answered, ${aborted} aborted, ${lost} lost`)
      if (sent === 0) violations.push(`${name}: a kind of traffic was never sent`)
    }
  }
  console.log(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${SECONDS} s; memory from second ${WARM} on\n`)
  console.log(table(['requests', 'sent', 'answered', 'given up by the client', 'lost'], rows.map(row => row.map(String))))
  console.log(`\n${table(['process', 'requests', 'answered', 'given up', 'RSS at first, MiB', 'peak', 'at the end', 'slope, MiB a minute', 'loop delay p99, ms', 'longest', 'descriptors before', 'after'], servers.map(rowOf))}`)
  for (const { name, peer } of servers) {
    // What else a server writes: where it listens, and whom it refused.
    const strange = peer.log().split('\n').filter(line => /Error|Warning|failed|cut/.test(line))
    if (strange.length > 0) violations.push(`${name}: ${strange.length} lines of its log, such as: ${strange.slice(0, 3).join('\n')}`)
  }
} finally {
  for (const stop of stops.reverse()) await stop()
}
if (violations.length > 0) {
  console.error(`\nNot as it should be:\n- ${violations.slice(0, 50).join('\n- ')}`)
  process.exitCode = 1
} else {
  const memory = SECONDS - WARM >= TREND_SECONDS ? 'nor did memory grow' : 'and it was too short a time to say more of memory than that it has a bound'
  console.log(`\nNothing was lost, no descriptor, and nothing unexpected was seen, ${memory}.`)
}
