// node scripts/build.mjs: the addon into build/Release, the TypeScript into dist, the WebAssembly twin beside it where there is a clang
// for that (scripts/wasm.mjs), and for each entry point a CommonJS file of one line, with its types (scripts/commonjs-types.mjs):
// `require` loads ES modules on every Node that the package supports, so there is one copy of everything.
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeCommonJsTypes } from './commonjs-types.mjs'
import { entries, reachedDeclarations } from './declarations.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

function run (script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// Numbers of the layout in the place of their names. V8 reads an import anew each time, and checks whether it is there and what it is:
// reading the words of a head took longer to find out which words these are.
function inlineNumbers (dist) {
  const exported = readFileSync(path.join(dist, 'layout.js'), 'utf8').matchAll(/^export const (\w+) = (\d+);$/gm)
  const numbers = new Map(Array.from(exported, ([, name, number]) => [name, number]))
  const imports = /^import \{ ([^}]*) \} from '\.\/layout\.js';\n/m
  for (const name of readdirSync(dist).filter(name => name.endsWith('.js'))) {
    const file = path.join(dist, name)
    const text = readFileSync(file, 'utf8')
    const names = imports.exec(text)?.[1].split(/,\s*/) ?? []
    const others = names.filter(name => !numbers.has(name))
    const left = others.length > 0 ? `import { ${others.join(', ')} } from './layout.js';\n` : ''
    writeFileSync(file, text.replace(imports, left).replace(/\b[A-Z][A-Z0-9_]*\b/g, word => names.includes(word) ? numbers.get(word) ?? word : word))
  }
}

function removeInnerDeclarations (dist) {
  const reached = reachedDeclarations(dist)
  for (const file of readdirSync(dist, { recursive: true })) {
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(path.join(dist, file))
  }
}

run(path.join(root, 'scripts/native.mjs'), 'configure', '--silent')
run(path.join(root, 'scripts/native.mjs'), 'build', '--silent')
rmSync(path.join(root, 'dist'), { recursive: true, force: true })
run(createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', root)
inlineNumbers(path.join(root, 'dist'))
removeInnerDeclarations(path.join(root, 'dist'))
run(path.join(root, 'scripts/wasm.mjs'))
for (const entry of entries) writeFileSync(path.join(root, 'dist', `${entry}.cjs`), `module.exports = require('./${path.basename(entry)}.js')\n`)
writeCommonJsTypes(entries.map(entry => path.join(root, 'dist', `${entry}.d.ts`)))
chmodSync(path.join(root, 'dist/cli/main.js'), 0o755)
