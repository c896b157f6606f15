// node scripts/check-package.mjs: packs what would be published, looks at what is in it, and uses it as those do who install it: in an empty
// folder, without install scripts and compilers, as ES module and CommonJS, by both engines. scripts/check-binaries.mjs looks at the binaries.
// Runs after `npm run build` and `npm run prebuilds`.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { entries, reachedDeclarations } from './declarations.mjs'
import { pack } from './pack.mjs'
import { billOfMaterials } from './sbom.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(path.join(os.tmpdir(), 'gatewire-package-'))
/** Of all but the binaries that are made elsewhere, and of each of those. */
const MOST_BYTES = 1024 * 1024
const MOST_BYTES_OF_OTHERS = 256 * 1024

function fail (message) {
  console.error(`check:package: ${message}`)
  process.exitCode = 1
}

/** Exactly what is to be published: what is made of each source, declarations of what can be imported, its forms for `require`, the binaries. */
function expectedFiles () {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true }).filter(file => file.endsWith('.ts')).map(file => file.slice(0, -3))
  return [
    'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md',
    ...sources.map(file => `dist/${file}.js`),
    ...Array.from(reachedDeclarations(path.join(root, 'dist')), file => `dist/${file}`),
    ...entries.flatMap(entry => [`dist/${entry}.cjs`, `dist/${entry}.d.cts`]),
    ...readdirSync(path.join(root, 'prebuilds')).map(platform => `prebuilds/${platform}/gatewire.node`)
  ]
}

function checkFiles ({ files, unpackedSize }) {
  const expected = expectedFiles()
  for (const file of files.filter(file => !expected.includes(file))) fail(`${file} would be published`)
  for (const file of expected.filter(file => !files.includes(file))) fail(`${file} is missing`)
  const others = files.filter(file => /^prebuilds\/(?!linux-)/.test(file)).map(file => ({ file, size: statSync(path.join(root, file)).size }))
  const size = others.reduce((size, other) => size - other.size, unpackedSize)
  if (size > MOST_BYTES) fail(`unpacked, the package has ${size} bytes, which is over ${MOST_BYTES}`)
  for (const { file } of others.filter(({ size }) => size > MOST_BYTES_OF_OTHERS)) fail(`${file} has over ${MOST_BYTES_OF_OTHERS} bytes`)
  console.log(`check:package: ${files.length} files, ${unpackedSize} bytes unpacked`)
}

/** One thing is installed beside the package, the bill of materials says which, and nothing is run for it. */
function checkDependencies () {
  const { version, dependencies, scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const { metadata, components } = billOfMaterials()
  const listed = Object.fromEntries(components.map(({ name, version }) => [name, version]))
  const licenses = [metadata.component, ...components].map(({ licenses }) => licenses[0].license.id)
  const expected = { gatewire: version, ...dependencies }
  const found = { [metadata.component.name]: metadata.component.version, ...listed }
  if (Object.keys(dependencies).join() !== 'node-gyp-build' || JSON.stringify(found) !== JSON.stringify(expected)) fail(`it consists of ${JSON.stringify(found)}`)
  if (licenses.some(license => license !== 'MIT')) fail(`its licenses are ${licenses}`)
  for (const name of ['preinstall', 'install', 'postinstall'].filter(name => name in scripts)) fail(`it has a script ${name}`)
  console.log(`check:package: it consists of ${Object.entries(found).map(part => part.join(' ')).join(' and ')}`)
}

const USE = `
  const head = codec.decodeUwsgi(codec.encodeUwsgi({ REQUEST_METHOD: 'GET', PATH_INFO: '/' }))
  if (head.environ.PATH_INFO !== '/' || typeof server.createServer !== 'function' || typeof client.request !== 'function') throw new Error('does not work')
  if (codec.engine !== process.env.GATEWIRE_ENGINE) throw new Error(codec.engine)`

/** An application in a folder of its own that installs the package. The folder that it is installed in. */
function checkConsumers (tarball) {
  const app = path.join(folder, 'app')
  mkdirSync(app)
  writeFileSync(path.join(app, 'package.json'), '{ "private": true }')
  const environment = { ...process.env, CC: 'false', CXX: 'false' }
  execFileSync('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], { cwd: app, env: environment, stdio: 'inherit' })
  writeFileSync(path.join(app, 'esm.mjs'), `import * as codec from 'gatewire'\nimport * as server from 'gatewire/server'\nimport * as client from 'gatewire/client'\n${USE}\n`)
  writeFileSync(path.join(app, 'cjs.cjs'), `const codec = require('gatewire')\nconst server = require('gatewire/server')\nconst client = require('gatewire/client')\n${USE}\n`)
  for (const file of ['esm.mjs', 'cjs.cjs']) {
    for (const engine of ['native', 'wasm']) {
      const { status, stderr } = spawnSync(process.execPath, [file], { cwd: app, encoding: 'utf8', env: { ...environment, GATEWIRE_ENGINE: engine } })
      if (status !== 0 || stderr !== '') fail(`${file} by the engine ${engine}: ${stderr}`)
      else console.log(`check:package: ${file} works by the engine ${engine}`)
    }
  }
  const installed = readdirSync(path.join(app, 'node_modules')).filter(name => !name.startsWith('.')).sort()
  if (installed.join() !== 'gatewire,node-gyp-build') fail(`${installed.join(', ')} were installed`)
  return path.join(app, 'node_modules/gatewire')
}

try {
  const packed = pack(folder)
  const { tarball } = packed
  checkFiles(packed)
  checkDependencies()
  const installed = checkConsumers(tarball)
  if (spawnSync(process.execPath, [path.join(root, 'scripts/check-binaries.mjs'), installed], { stdio: 'inherit' }).status !== 0) fail('the binaries have findings')
  for (const [command, ...args] of [['publint', '--strict'], ['attw', tarball, '--profile', 'node16']]) {
    const { status } = spawnSync(path.join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' })
    if (status !== 0) fail(`${command} has findings`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
