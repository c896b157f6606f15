// npm run bench [-- uwsgi | http | response] [-- --quick] [-- --check] [-- --write] [-- --node PATH]: how fast the codec is, against what Node
// users have without it.
//
//   --quick       correctness of all contenders and a few rounds: shows that the benchmark works, its figures mean nothing
//   --check       exit status 1 when a goal is missed
//   --write       tables and charts go into docs/, and what README.md says of them there, as well
//   --node PATH   the mixed corpus once more with another Node, for a table of its own
//
// Measures what is in dist/, like any user of the package; `npm run build` makes it. Each subject is measured in a process of its own.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const SUBJECTS = ['uwsgi', 'http', 'response']

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, node: { type: 'string' }, help: { type: 'boolean', short: 'h' }
  }
})
if (options.help) {
  console.log(`npm run bench -- [${SUBJECTS.join(' | ')}] [--quick] [--check] [--write] [--node PATH]: see bench/node/run.mjs and docs/performance.md`)
  process.exit(0)
}
if (positionals.length > 1 || positionals.some(name => !SUBJECTS.includes(name))) {
  console.error(`What can be measured: ${SUBJECTS.join(', ')}; one of them, or nothing for all.`)
  process.exit(2)
}
if (options.quick && (options.check || options.write)) {
  console.error('--quick takes too few samples for --check or --write')
  process.exit(2)
}
if (!existsSync(new URL('../../dist/index.js', import.meta.url))) {
  console.error('There is no dist/ to measure. Run: npm run build')
  process.exit(2)
}

/** The exit status. */
function measure (node, ...args) {
  const { status, error } = spawnSync(node, [fileURLToPath(new URL('measure_subject.mjs', import.meta.url)), ...args], { stdio: 'inherit' })
  if (error !== undefined) console.error(`${node}: ${error.message}`)
  return status ?? 1
}

const flags = names => names.filter(name => options[name]).map(name => `--${name}`)
const statuses = (positionals.length > 0 ? positionals : SUBJECTS).flatMap(name => {
  console.log(`\n== ${name}`)
  const status = measure(process.execPath, name, ...flags(['quick', 'check', 'write']))
  // Goals are those of the Node that everything is measured with.
  return options.node === undefined ? [status] : [status, measure(options.node, name, '--mixed', ...flags(['quick', 'write']))]
})
process.exitCode = Math.max(...statuses)
