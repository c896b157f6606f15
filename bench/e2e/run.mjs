// npm run bench:e2e [-- server | front-ends | memory] [-- --quick] [-- --check] [-- --write]: servers under load, in requests per second and in processor
// time of the server for each of them; and what idle connections take. Without a part: all of them.
//
//   --quick   a second for each: shows that the benchmark works, its figures mean nothing
//   --check   exit status 1 when a goal is missed
//   --write   tables and charts go into docs/ as well
//
// Needs Linux, and wrk; the part front-ends also nginx, and uWSGI with its Python plugin. What cannot be measured is left out with the reason.
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { writeResults } from '../report/page.mjs'
import { Progress } from '../report/progress.mjs'
import { findNginx, findUwsgi, findWrk } from './peers.mjs'

const PARTS = { 'server': 'direct.mjs', 'front-ends': 'front_ends.mjs', 'memory': 'memory.mjs' }
const FIND = { wrk: findWrk, nginx: findNginx, uwsgi: findUwsgi }

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
})
if (options.help) {
  console.log('npm run bench:e2e -- [server | front-ends | memory] [--quick] [--check] [--write]: see bench/e2e/run.mjs and docs/performance.md')
  process.exit(0)
}
if (positionals.length > 1 || positionals.some(name => !Object.hasOwn(PARTS, name))) {
  console.error(`What can be measured: ${Object.keys(PARTS).join(', ')}; one of them, or nothing for all.`)
  process.exit(2)
}
if (options.quick && (options.check || options.write)) {
  console.error('--quick measures too short a time for --check or --write')
  process.exit(2)
}
if (!existsSync(new URL('../../dist/server/index.js', import.meta.url))) {
  console.error('There is no dist/ to measure. Run: npm run build')
  process.exit(2)
}

/** Why a part cannot be measured here. */
function reasonNotTo (part) {
  if (process.platform !== 'linux') return 'it reads what processes use from /proc, which Linux has'
  const missing = part.peers.filter(name => FIND[name]() === undefined)
  return missing.length > 0 ? `not installed: ${missing.join(', ')} (CONTRIBUTING.md has the packages)` : part.reasonAgainst?.(options.quick === true)
}

process.once('SIGINT', () => process.exit(130)) // not without stopping what was started
const progress = new Progress()
for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const { default: part } = await import(`./${PARTS[name]}`)
  console.log(`\n== ${part.title}\n`)
  const reason = reasonNotTo(part)
  if (reason !== undefined) {
    console.log(`Skipped: ${reason}.`)
    if (options.check || options.write) process.exitCode = 2
    continue
  }
  const { text, goals, chart } = await part.run(options.quick === true, progress)
  console.log(`${text}\n`)
  if (options.write) writeResults(name, 'bench:e2e', text, chart)
  if (options.check && goals.some(({ met }) => !met)) process.exitCode = 1
}
console.log(options.quick ? 'All servers answer. --quick: the figures above mean nothing.' : `Took ${progress.elapsed}.`)
