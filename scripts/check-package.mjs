// node scripts/check-package.mjs: packs what would be published, looks at what is in it, and uses it as its consumers do: ES module and
// CommonJS, from a folder of its own. Runs after a build.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(path.join(os.tmpdir(), 'gatewire-package-'))

function fail (message) {
  console.error(`check:package: ${message}`)
  process.exitCode = 1
}

/** Runs a command of npm, whose messages about its own configuration are no findings. */
function npm (...args) {
  return execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What the addon is built of where there is no prebuilt one. */
function nativeSources () {
  return readFileSync(path.join(root, 'binding.gyp'), 'utf8').match(/native\/[\w/]+\.cc/g)
}

/** The file list and size, against what may be published. */
function checkFiles (packed) {
  const allowed = [/^package\.json$/, /^README\.md$/, /^LICENSE$/, /^CHANGELOG\.md$/, /^binding\.gyp$/, /^dist\//, /^native\/(boundary|core|node|transport)\//, /^scripts\/native\.mjs$/, /^prebuilds\//]
  for (const { path: file } of packed.files) if (!allowed.some(pattern => pattern.test(file))) fail(`${file} would be published`)
  for (const file of ['dist/index.js', 'dist/index.cjs', 'dist/index.d.ts', 'dist/index.d.cts', 'dist/server/index.js', 'dist/client/index.js', 'dist/cli/main.js', 'README.md', 'LICENSE', 'CHANGELOG.md', ...nativeSources()]) {
    if (!packed.files.some(entry => entry.path === file)) fail(`${file} is missing`)
  }
  if (readFileSync(path.join(root, 'dist/twin_module.js'), 'utf8').includes('twinModule = undefined')) fail('the WebAssembly twin is missing: see scripts/wasm.mjs')
  if (packed.unpackedSize > 1024 * 1024) fail(`unpacked, the package has ${packed.unpackedSize} bytes`)
  console.log(`check:package: ${packed.files.length} files, ${packed.unpackedSize} bytes unpacked`)
}

/** An application in a folder of its own, with the package and its one dependency installed. */
function checkConsumers (tarball) {
  const app = path.join(folder, 'app')
  const target = path.join(app, 'node_modules/gatewire')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', target])
  // The addon is not in the tarball: on a machine with a compiler it is built, as here.
  cpSync(path.join(root, 'build/Release/gatewire.node'), path.join(target, 'build/Release/gatewire.node'))
  symlinkSync(path.join(root, 'node_modules/node-gyp-build'), path.join(app, 'node_modules/node-gyp-build'))
  const use = `
    const head = codec.decodeUwsgi(codec.encodeUwsgi({ REQUEST_METHOD: 'GET', PATH_INFO: '/' }))
    if (head.environ.PATH_INFO !== '/' || typeof server.createServer !== 'function' || typeof client.request !== 'function') throw new Error('does not work')`
  writeFileSync(path.join(app, 'esm.mjs'), `import * as codec from 'gatewire'\nimport * as server from 'gatewire/server'\nimport * as client from 'gatewire/client'\n${use}\n`)
  writeFileSync(path.join(app, 'cjs.cjs'), `const codec = require('gatewire')\nconst server = require('gatewire/server')\nconst client = require('gatewire/client')\n${use}\n`)
  for (const file of ['esm.mjs', 'cjs.cjs']) {
    for (const engine of ['native', 'wasm']) {
      const { status, stderr } = spawnSync(process.execPath, [file], { cwd: app, encoding: 'utf8', env: { ...process.env, GATEWIRE_ENGINE: engine } })
      if (status !== 0 || stderr !== '') fail(`${file} by the engine ${engine}: ${stderr}`)
      else console.log(`check:package: ${file} works by the engine ${engine}`)
    }
  }
}

try {
  const [packed] = JSON.parse(npm('pack', '--json', '--silent', '--pack-destination', folder))
  checkFiles(packed)
  const tarball = path.join(folder, packed.filename)
  checkConsumers(tarball)
  for (const [command, ...args] of [['publint', '--strict'], ['attw', tarball, '--profile', 'node16']]) {
    const { status } = spawnSync(path.join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' })
    if (status !== 0) fail(`${command} has findings`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
