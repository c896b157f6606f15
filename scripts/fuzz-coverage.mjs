// Which lines of the core the inputs of the fuzz targets reach: seeds, and what fuzzing has found in build-fuzz/corpus. Each target replays
// them once, built with clang's source-based coverage. Knows no target.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { build, isCommand, root } from './cmake.mjs'

/** What all targets together have to reach of the core, in percent. */
const GOAL = 95
const core = path.join(root, 'native/core')

/** A tool of LLVM in the version of the compiler, such as llvm-cov-19 for clang++-19; null when there is none. */
function toolOf (clang, tool) {
  const version = /-\d+$/.exec(clang)?.[0] ?? ''
  return [`${tool}${version}`, tool].find(isCommand) ?? null
}

function run (command, args, environment = {}) {
  const { status, stdout, stderr, signal } = spawnSync(command, args,
    { cwd: root, encoding: 'latin1', maxBuffer: 2 ** 30, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  if (status === 0) return stdout
  throw new Error(`${command} ended with ${status ?? signal}:\n${stderr.slice(-2000)}`)
}

/** The lines of the core in a report of llvm-cov: for each file, line number to whether it was reached. */
function linesOf (lcov) {
  const files = new Map()
  let lines
  for (const line of lcov.split('\n')) {
    if (line.startsWith('SF:')) {
      const file = path.relative(core, line.slice(3))
      lines = file.startsWith('..') ? undefined : files.get(file) ?? files.set(file, new Map()).get(file)
    } else if (line.startsWith('DA:')) {
      const [number, count] = line.slice(3).split(',').map(Number)
      lines?.set(number, lines.get(number) === true || count > 0)
    }
  }
  return files
}

function merge (all, files) {
  for (const [file, lines] of files) {
    const merged = all.get(file) ?? all.set(file, new Map()).get(file)
    for (const [number, reached] of lines) merged.set(number, merged.get(number) === true || reached)
  }
}

const reachedOf = lines => [...lines.values()].filter(Boolean).length
const sum = (files, count) => [...files.values()].reduce((total, lines) => total + count(lines), 0)
const percent = (part, whole) => `${(100 * part / whole).toFixed(1)} %`.padStart(8)

/** Numbers as they are read: 3-5, 9. */
function ranges (numbers) {
  const found = []
  for (const number of numbers) {
    const last = found.at(-1)
    if (last !== undefined && last[1] + 1 >= number) last[1] = number
    else found.push([number, number])
  }
  return found.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(', ')
}

/** Replays everything, prints the report, and returns the exit status: 1 when all targets together reach less than the goal. */
export function reportCoverage (clang, targets) {
  const [profdata, cov] = ['llvm-profdata', 'llvm-cov'].map(tool => toolOf(clang, tool))
  if (profdata === null || cov === null) throw new Error('llvm-profdata and llvm-cov are needed. Debian and Ubuntu: apt-get install llvm-19')
  const folder = build('coverage', { definitions: [`CMAKE_CXX_COMPILER=${clang}`], targets, quiet: true })
  const profiles = path.join(folder, 'profiles')
  mkdirSync(profiles, { recursive: true })
  const all = new Map()
  const reached = targets.map(target => {
    const program = path.join(folder, 'test/fuzz', target)
    const inputs = [path.join(root, 'test/fuzz/seeds', target), path.join(root, 'build-fuzz/corpus', target)].filter(existsSync)
    const [raw, merged] = ['profraw', 'profdata'].map(kind => path.join(profiles, `${target}.${kind}`))
    run(program, inputs, { LLVM_PROFILE_FILE: raw })
    run(profdata, ['merge', '-o', merged, raw])
    const files = linesOf(run(cov, ['export', '-format=lcov', `-instr-profile=${merged}`, program]))
    merge(all, files)
    return { target, inputs: inputs.reduce((count, input) => count + readdirSync(input).length, 0), lines: sum(files, reachedOf) }
  })
  const lines = sum(all, ({ size }) => size)
  for (const { target, inputs, lines: some } of reached) console.log(`${percent(some, lines)}  ${target}, ${inputs} inputs`)
  const total = sum(all, reachedOf)
  console.log(`${percent(total, lines)}  all of them: ${total} of ${lines} lines of native/core`)
  for (const [file, of] of [...all].sort(([a], [b]) => a < b ? -1 : 1)) {
    const missed = [...of].filter(([, reached]) => !reached).map(([number]) => number).sort((a, b) => a - b)
    if (missed.length > 0) console.log(`${percent(reachedOf(of), of.size)}  ${file}, not: ${ranges(missed)}`)
  }
  return 100 * total >= GOAL * lines ? 0 : 1
}
