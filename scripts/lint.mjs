// node scripts/lint.mjs: everything that can be said of the sources without running them. Fails on the first finding.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/** The file of a package's command. */
function commandOf (name, command = name) {
  const manifest = require.resolve(`${name}/package.json`)
  const { bin } = require(manifest)
  return path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[command])
}

const checks = [
  ['the layout of both sides agrees', 'scripts/generate-layout.mjs', '--check'],
  ['types of sources and tests', commandOf('typescript', 'tsc'), '-p', 'tsconfig.test.json'],
  ['workflows', 'scripts/lint-workflows.mjs'],
  ['oxlint', commandOf('oxlint'), '--deny-warnings', 'src', 'test', 'bench', 'scripts', 'examples']
]
for (const [name, script, ...args] of checks) {
  console.log(`lint: ${name}`)
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
