// npm run bench:instructions [-- options]: how many instructions the entry points of the core take, compared with what is on record. They
// do not depend on how busy a machine is, so this can fail where times cannot: exit status 1 when a count has grown by more than 3 %, or when
// something is counted that is not on record, or the other way round.
//
//   --record               the counts become the record
//   --compiler COMMAND     instead of those that CI has, as far as they are here; several: one after the other
//   --folder PATH          where records are, instead of bench/native/instructions
//
// There is a record for each compiler, version and machine, as gcc-12.2.0-x86_64.json, since each makes other code; one line is one pass over
// an input by one entry point and one kernel. Without a record for this compiler there is nothing to compare: where CI is set, that fails.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isCommand } from '../../scripts/cmake.mjs'
import { Progress } from '../../scripts/progress.mjs'
import { compareCounts, describeComparison, isWithinRecord, readProfile, recordText } from './instruction_counts.mjs'
import { readOptions, stop } from './options.mjs'
import { buildBench } from './programs.mjs'

/** Milliseconds. */
const INTERVAL = 500
/** What .ci/run compares with. */
const COMPILERS = ['g++', 'clang++-19']
const USAGE = 'npm run bench:instructions -- [--record] [--compiler COMMAND]... [--folder PATH]'

const linesOf = (program, ...args) => spawnSync(program, args, { encoding: 'utf8' }).stdout.trim().split('\n')

/** Counts by one kernel, by their names. Callgrind writes a profile for each. `counted` is told how many more there are. */
async function countWith (kernel, { program, corpus }, counted) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-instructions-'))
  try {
    const child = spawn('valgrind', ['--tool=callgrind', '--collect-atstart=no', '--toggle-collect=count_pass', '--dump-line=no',
      `--callgrind-out-file=${path.join(folder, 'profile')}`, program, corpus, kernel], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', text => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', text => { stderr += text })
    let told = 0
    const timer = setInterval(() => { // what it prints comes at the end, in one piece
      const { length } = readdirSync(folder)
      counted(length - told)
      told = length
    }, INTERVAL)
    const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal)))
    clearInterval(timer)
    if (status !== 0) throw new Error(`valgrind ended with ${status}:\n${stderr}`)
    const profiles = readdirSync(folder).map(file => readProfile(readFileSync(path.join(folder, file), 'utf8'))).filter(Boolean)
    const counts = new Map(profiles.map(({ name, count }) => [name, count]))
    const names = stdout.trim().split('\n')
    const lost = names.filter(name => !(counts.get(name) > 0))
    if (lost.length > 0 || counts.size !== names.length) throw new Error(`callgrind has not counted ${lost.join(', ')}:\n${stderr}`)
    return names.map(name => [`${kernel} / ${name}`, counts.get(name)])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Counts by each kernel, and what the record of this compiler says of them. True: they may stand. */
async function judge (compiler, { record, folder }) {
  const built = buildBench('core_counts', compiler)
  const [name] = linesOf(built.program, '--compiler')
  const kernels = linesOf(built.program, '--kernels')
  const file = path.join(folder, `${name}.json`)
  const recorded = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const progress = new Progress()
  let done = 0
  const tell = more => {
    done += more
    progress.show(`count, ${name}`, { done, total: recorded && Object.keys(recorded).length, unit: 'counts' })
  }
  tell(0)
  const counts = Object.fromEntries((await Promise.all(kernels.map(kernel => countWith(kernel, built, tell)))).flat())
  progress.clear()
  const command = `npm run bench:instructions -- --compiler ${compiler} --record`
  const what = `${name}, kernels ${kernels.join(', ')}: ${Object.keys(counts).length} counts`
  const comparison = compareCounts(recorded ?? {}, counts)
  if (recorded !== undefined) for (const line of describeComparison(comparison)) console.log(line)
  if (record) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, recordText(counts))
    console.log(`${what} recorded in ${path.relative('.', file)}`)
    return true
  }
  if (recorded === undefined) {
    console.log(`${what}, and nothing to compare them with. To make a record: ${command}`)
    return !process.env.CI || process.env.CI === 'false'
  }
  if (!isWithinRecord(comparison)) {
    console.log(`${what}, and not as the record has them. If that is how it should be: ${command}`)
    return false
  }
  console.log(`${what}, none beyond the record`)
  if (comparison.shrunk.length > 0) console.log(`${comparison.shrunk.length} of them are gains that the record does not hold yet: ${command}`)
  return true
}

const options = readOptions({
  record: { type: 'boolean' },
  compiler: { type: 'string', multiple: true },
  folder: { type: 'string', default: fileURLToPath(new URL('instructions', import.meta.url)) }
}, USAGE, 'bench/native/instructions.mjs and CONTRIBUTING.md')
if (!isCommand('valgrind')) stop('valgrind is needed. Debian and Ubuntu: apt-get install valgrind', 2)
const compilers = options.compiler ?? COMPILERS.filter(isCommand)
if (compilers.length === 0) stop(`none of ${COMPILERS.join(', ')} is here: name another with --compiler`, 2)
const verdicts = []
for (const compiler of compilers) verdicts.push(await judge(compiler, options))
process.exitCode = verdicts.every(Boolean) ? 0 : 1
