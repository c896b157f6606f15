// npm run bench:e2e [-- server | front-ends | memory] [-- --quick] [-- --check] [-- --write]: servers under load, in requests per second and in processor
// time of the server for each of them; and what idle connections take. Without a part: all of them.
//
//   --quick       a second for each: shows that the benchmark works, its figures mean nothing
//   --check       exit status 1 when a goal is missed
//   --write       tables and charts go into docs/, and what README.md says of them there, as well
//   --node PATH   the part server once more, briefly, with another Node, for a table of its own
//
// Needs Linux, and wrk; the part front-ends also nginx, and uWSGI with its Python plugin. What cannot be measured is left out with the reason.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeReadme, writeResults } from '../report/page.mjs'
import { Progress } from '../../scripts/progress.mjs'
import { findNginx, findUwsgi, findWrk } from './peers.mjs'

const PARTS = { 'server': 'direct.mjs', 'front-ends': 'front_ends.mjs', 'memory': 'memory.mjs' }
const FIND = { wrk: findWrk, nginx: findNginx, uwsgi: findUwsgi }

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, node: { type: 'string' }, help: { type: 'boolean', short: 'h' },
    brief: { type: 'boolean' } // for ourselves: started with another Node
  }
})
if (options.help) {
  console.log('npm run bench:e2e -- [server | front-ends | memory] [--quick] [--check] [--write] [--node PATH]: see bench/e2e/run.mjs and docs/performance.md')
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
if (process.platform !== 'linux') {
  console.log('Skipped: what processes use is read from /proc, as Linux has it.')
  process.exit(options.check || options.write ? 2 : 0)
}

/** Why a part cannot be measured here. */
function reasonNotTo (part) {
  const missing = part.peers.filter(name => FIND[name]() === undefined)
  return missing.length > 0 ? `not installed: ${missing.join(', ')} (CONTRIBUTING.md has the packages)` : part.reasonAgainst?.(options.quick === true)
}

process.once('SIGINT', () => process.exit(130)) // not without stopping what was started
const { quick = false, brief = false } = options
const progress = new Progress()
const names = positionals.length > 0 ? positionals : Object.keys(PARTS)
for (const name of names) {
  const { default: part } = await import(`./${PARTS[name]}`)
  console.log(`\n== ${part.title}\n`)
  const reason = reasonNotTo(part)
  if (reason !== undefined) {
    console.log(`Skipped: ${reason}.`)
    if (options.check || options.write) process.exitCode = 2
    continue
  }
  const { text, goals, chart, readme } = await part.run({ quick, brief }, progress)
  console.log(`${text}\n`)
  if (options.write && brief) writeResults(`${name} with another Node`, 'bench:e2e -- --node PATH --write', text)
  if (options.write && !brief) writeResults(name, 'bench:e2e -- --write', text, chart)
  if (options.write && !brief && readme !== undefined) writeReadme(readme.place, readme.text)
  if (options.check && goals.some(({ met }) => !met)) process.exitCode = 1
}
console.log(quick ? 'All servers answer. --quick: the figures above mean nothing.' : `Took ${progress.elapsed}.`)
if (options.node !== undefined && names.includes('server')) {
  const flags = ['quick', 'write'].filter(name => options[name]).map(name => `--${name}`)
  const { status, error } = spawnSync(options.node, [fileURLToPath(import.meta.url), 'server', '--brief', ...flags], { stdio: 'inherit' })
  if (error !== undefined) console.error(`${options.node}: ${error.message}`)
  if (status !== 0) process.exitCode = 1
}
