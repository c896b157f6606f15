// node scripts/build.mjs: the addon into build/Release, the TypeScript into dist, and for each entry point a CommonJS file of one line:
// `require` loads ES modules on every Node that the package supports, so there is one copy of everything.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function run (script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run(path.join(root, 'scripts/native.mjs'), 'configure', '--silent')
run(path.join(root, 'scripts/native.mjs'), 'build', '--silent')
rmSync(path.join(root, 'dist'), { recursive: true, force: true })
run(createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', root)
for (const entry of ['index', 'server/index', 'client/index']) {
  const name = path.basename(entry)
  writeFileSync(path.join(root, 'dist', `${entry}.cjs`), `module.exports = require('./${name}.js')\n`)
  writeFileSync(path.join(root, 'dist', `${entry}.d.cts`), `export * from './${name}.js'\n`)
}
chmodSync(path.join(root, 'dist/cli/main.js'), 0o755)
