// npm run fuzz -- [--seconds N] [--target NAME] [--jobs N]: builds the fuzz targets with clang and libFuzzer and runs them side by side.
// What is found is kept in test/fuzz/findings and makes the exit status 1. New corpus entries stay in build-fuzz/corpus, outside git.
// npm run fuzz -- --coverage [--target NAME]: says which lines of the core seeds and corpus reach (fuzz-coverage.mjs).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { build, isCommand, root } from './cmake.mjs'
import { reportCoverage } from './fuzz-coverage.mjs'
import { grouped, Progress } from './progress.mjs'

/** Longest inputs: a packet has at most 65 539 bytes, and some more may lie behind it; long histories and many chunks only repeat themselves. */
const longest = new Map([['fuzz_shapes', 1000], ['fuzz_request_shapes', 1000], ['fuzz_chunked', 2000], ['fuzz_transcode', 3000]])
const maxInputBytes = target => longest.get(target) ?? 70_000
/** Seconds for one input, by the clock on the wall: libFuzzer has no other. Inputs take milliseconds. */
const TIMEOUT = 30
/** On a busy machine any input may be slow, so one that was counts only when it is slow again and again. */
const REPLAYS = 3
// libFuzzer's exit statuses after a timeout and after SIGINT
const TIMED_OUT = 70
const INTERRUPTED = 72
/** Milliseconds. */
const REPORT_INTERVAL = 500
const fuzzFolder = path.join(root, 'test/fuzz')
const findingsFolder = path.join(fuzzFolder, 'findings')

/** A dictionary of its own, or that of the packets. */
function dictionaryOf (target) {
  const own = path.join(fuzzFolder, `${target}.dict`)
  return existsSync(own) ? own : path.join(fuzzFolder, 'uwsgi.dict')
}

function stop (message, status = 2) {
  console.error(message)
  process.exit(status)
}

function parseOptions (targets) {
  const options = {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    jobs: { type: 'string' },
    coverage: { type: 'boolean', default: false }
  }
  let values
  try {
    values = parseArgs({ options }).values
  } catch (error) {
    stop(`${error.message}\nusage: npm run fuzz -- [--seconds N] [--target NAME] [--jobs N] | --coverage [--target NAME]`)
  }
  const count = (name, text) => {
    const number = Number(text)
    return Number.isInteger(number) && number > 0 ? number : stop(`--${name} must be a whole number above 0, not ${text}`)
  }
  const chosen = (values.target ?? targets).map(name => name.startsWith('fuzz_') ? name : `fuzz_${name}`)
  for (const name of chosen) {
    if (!targets.includes(name)) stop(`no fuzz target ${name}; there are ${targets.join(', ')}`)
  }
  const jobs = count('jobs', values.jobs ?? String(availableParallelism()))
  return { seconds: count('seconds', values.seconds), jobs, chosen, coverage: values.coverage }
}

/** A clang that links libFuzzer, found by trying: the runtime is a package of its own in most distributions. */
function findClang () {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-fuzz-'))
  try {
    const source = path.join(folder, 'probe.cc')
    writeFileSync(source, 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n')
    const candidates = [process.env.CXX, 'clang++-19', 'clang++-20', 'clang++-18', 'clang++'].filter(Boolean)
    return candidates.find(compiler => isCommand(compiler) &&
      spawnSync(compiler, ['-fsanitize=fuzzer,address,undefined', source, '-o', path.join(folder, 'probe')], { stdio: 'ignore' }).status === 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One libFuzzer process. `state` is what its last status line said. */
class Run {
  state = { runs: 0, rate: 0, coverage: 0, corpus: 0 }
  /** 'waiting', 'running', 'done' */
  phase = 'waiting'
  /** @type {string[]} files of findings */
  findings = []
  /** What the target printed last, for the reader of a failure. */
  tail = []
  /** Runs a second over all the time; known at the end. */
  average = NaN
  #child

  constructor (target, folder, seconds) {
    this.target = target
    this.program = path.join(folder, 'test/fuzz', target)
    this.corpus = path.join(folder, 'corpus', target)
    this.seconds = seconds
  }

  async start () {
    this.phase = 'running'
    mkdirSync(this.corpus, { recursive: true })
    mkdirSync(findingsFolder, { recursive: true })
    const prefix = `${this.target}-`
    const before = new Set(readdirSync(findingsFolder))
    const end = Date.now() + 1000 * this.seconds
    do {
      const seconds = Math.max(1, Math.round((end - Date.now()) / 1000))
      this.status = await this.#execute([`-max_total_time=${seconds}`, `-max_len=${maxInputBytes(this.target)}`, '-print_final_stats=1',
        `-report_slow_units=${2 * TIMEOUT}`, `-artifact_prefix=${path.join(findingsFolder, prefix)}`, `-dict=${dictionaryOf(this.target)}`,
        this.corpus, path.join(fuzzFolder, 'seeds', this.target)])
      this.findings = readdirSync(findingsFolder).filter(file => file.startsWith(prefix) && !before.has(file))
    } while (this.status === TIMED_OUT && await this.#wasBusyMachine())
    this.phase = 'done'
  }

  /** Its exit status, or the signal that ended it. */
  #execute (args) {
    this.#child = spawn(this.program, [`-timeout=${TIMEOUT}`, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    createInterface({ input: this.#child.stderr }).on('line', line => this.#read(line))
    return new Promise(resolve => {
      this.#child.on('error', error => { this.tail.push(error.message); resolve(1) })
      this.#child.on('close', (code, signal) => resolve(code ?? signal))
    })
  }

  /** Whether the input that took too long does not do so again. Then it is no finding, and its file goes. */
  async #wasBusyMachine () {
    const [file] = this.findings
    for (let replay = 0; file !== undefined && replay < REPLAYS; replay++) {
      if (await this.#execute([path.join(findingsFolder, file), `-artifact_prefix=${this.corpus}.`]) !== 0) continue
      rmSync(path.join(findingsFolder, file))
      return true
    }
    return false
  }

  get failed () { return this.status !== 0 && this.status !== INTERRUPTED }

  kill () { this.#child?.kill('SIGINT') }

  /** libFuzzer prints `#1024 NEW cov: 77 ft: 99 corp: 3/9b lim: 4 exec/s: 512 ...`, and figures of the whole run at the end. */
  #read (line) {
    const figure = (pattern, otherwise) => Number(pattern.exec(line)?.[1] ?? otherwise)
    this.average = figure(/^stat::average_exec_per_sec:\s+(\d+)/, this.average)
    if (!line.startsWith('#')) {
      this.state.runs = figure(/^stat::number_of_executed_units:\s+(\d+)/, this.state.runs)
      this.tail = [...this.tail.slice(-39), line]
      return
    }
    const { runs, rate, coverage, corpus } = this.state
    this.state = {
      runs: figure(/^#(\d+)/, runs),
      rate: figure(/ exec\/s: (\d+)/, rate),
      coverage: figure(/ cov: (\d+)/, coverage),
      corpus: figure(/ corp: (\d+)/, corpus)
    }
  }
}

function describe (run) {
  const { runs, rate, coverage, corpus } = run.state
  const outcome = run.failed ? '  FINDING' : '  nothing found'
  return `${run.target}: ${grouped(runs)} runs, ${grouped(Number.isNaN(run.average) ? rate : run.average)}/s, coverage ${coverage}, corpus ${corpus}${outcome}`
}

/** All targets on one line: the runs so far, and what those that are at work do in a second. */
function report (progress, runs, seconds) {
  const working = runs.filter(({ phase }) => phase === 'running')
  const sum = what => runs.reduce((total, { state }) => total + state[what], 0)
  const rate = working.reduce((total, { state }) => total + state.rate, 0)
  const done = runs.filter(({ phase }) => phase === 'done').length
  const findings = runs.reduce((total, { findings }) => total + findings.length, 0)
  const detail = `${grouped(sum('runs'))} runs, ${done} of ${runs.length} targets done${findings > 0 ? `, ${findings} FINDINGS` : ''}`
  progress.show('fuzz', { detail, rate: `${grouped(rate)} runs/s`, left: seconds - progress.seconds })
}

const targets = readdirSync(fuzzFolder).filter(file => /^fuzz_\w+\.cc$/.test(file)).map(file => file.slice(0, -3)).sort()
const { seconds, jobs, chosen, coverage } = parseOptions(targets)
const clang = findClang()
if (clang === undefined) {
  stop('Fuzzing needs clang with libFuzzer, and none was found. Debian and Ubuntu: apt-get install clang-19 libclang-rt-19-dev\n' +
    'Another compiler can be named with CXX. Without one, `node scripts/test-native.mjs` replays the seeds.')
}
console.log(`building with ${clang}`)
if (coverage) process.exit(reportCoverage(clang, chosen))
const folder = build('fuzz', { definitions: [`CMAKE_CXX_COMPILER=${clang}`], targets: chosen, quiet: true })

const runs = chosen.map(target => new Run(target, folder, seconds))
const waiting = [...runs]
const rounds = Math.ceil(runs.length / jobs)
let interrupted = false
process.on('SIGINT', () => {
  interrupted = true
  for (const run of runs) run.kill()
})
const progress = new Progress()
const timer = setInterval(() => report(progress, runs, seconds * rounds), REPORT_INTERVAL)
await Promise.all(Array.from({ length: Math.min(jobs, runs.length) }, async () => {
  while (waiting.length > 0 && !interrupted) {
    const run = waiting.shift()
    await run.start()
    progress.clear()
    console.log(describe(run))
  }
}))
clearInterval(timer)
progress.clear()

for (const run of runs.filter(run => run.phase === 'done' && run.failed)) {
  console.error(`\n${run.target} ended with ${run.status}:\n${run.tail.join('\n')}`)
  for (const file of run.findings) console.error(`\nreplay with: ${path.relative(root, run.program)} ${path.join('test/fuzz/findings', file)}`)
}
process.exitCode = runs.some(run => run.failed && run.phase === 'done') ? 1 : interrupted ? 130 : 0
