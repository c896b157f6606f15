// npm run bench:native [-- options]: what the entry points of the core cost without Node, in nanoseconds for one head, packet or content.
//
//   --kernel NAME           by this kernel instead of the best one; several: each, side by side
//   --contender NAME=PATH   another parser of request heads beside the core, from a shared object: bench/native/contender.h; several
//   --only TEXT             inputs that have TEXT in their title, as in 'head' or 'packet: 20 vars'
//   --compiler COMMAND      instead of the one that CMake finds
//   --json                  the figures as JSON
//   --quick                 a few rounds: shows that it works, its figures mean nothing
//
// Everything is built as the addon is, and runs in one process, by turns. `taskset -c 3 npm run bench:native` keeps it on one core.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { Progress } from '../../scripts/progress.mjs'
import { coreInputs } from '../inputs/core.mjs'
import { readOptions, stop } from './options.mjs'
import { buildBench } from './programs.mjs'

/** What the table of each input has once. */
const TABLE_HEAD = '10th perc'
const USAGE = 'npm run bench:native -- [--kernel NAME]... [--contender NAME=PATH]... [--only TEXT] [--compiler COMMAND] [--json] [--quick]'

/** A path is the caller's: npm runs scripts in the package's folder. */
function located (contender) {
  const equals = contender.indexOf('=')
  if (equals < 1) stop(`--contender takes NAME=PATH, not ${contender}`, 2)
  return contender.slice(0, equals + 1) + path.resolve(process.env.INIT_CWD ?? '.', contender.slice(equals + 1))
}

const options = readOptions({
  kernel: { type: 'string', multiple: true, default: [] },
  contender: { type: 'string', multiple: true, default: [] },
  only: { type: 'string' },
  compiler: { type: 'string' },
  json: { type: 'boolean' },
  quick: { type: 'boolean' }
}, USAGE, 'bench/native/run.mjs and docs/performance.md')
const { program, corpus } = buildBench('core_times', options.compiler)
const { json, only = '' } = options
const progress = new Progress()
const total = coreInputs().filter(({ kind, name }) => `${kind}: ${name}`.includes(only)).length
let done = 0
// JSON comes at the end, in one piece.
const tell = () => progress.show('measure', json ? { detail: `${total} inputs` } : { done, total, unit: 'inputs' })
tell()
const child = spawn(program, [
  corpus,
  ...options.kernel.flatMap(name => ['--kernel', name]),
  ...options.contender.flatMap(contender => ['--contender', located(contender)]),
  ...options.only === undefined ? [] : ['--only', options.only],
  ...['json', 'quick'].filter(name => options[name]).map(name => `--${name}`)
], { stdio: ['ignore', 'pipe', 'inherit'] })
child.stdout.setEncoding('utf8').on('data', text => {
  progress.clear()
  process.stdout.write(text)
  done += text.split(TABLE_HEAD).length - 1
  if (done < total && !json) tell()
})
const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
progress.clear()
if (options.quick && !options.json && status === 0) console.log('\n--quick: the figures above come from a few rounds and mean nothing.')
process.exitCode = status ?? 1
