// node scripts/prebuild.mjs (npm run prebuilds; npm would run a script `prebuild` before each `build`): the binaries that the package ships, into
// prebuilds/<platform>-<arch>/gatewire.node. On Linux for x64 and arm64, one of them by a cross compiler; elsewhere for the machine's own
// architecture. A cross compiler that is not there is said, and in CI it is a failure. Works on copies of the sources in build-prebuilds/, so
// that build/ stays what it is; scripts/check-binaries.mjs looks at the objects there.
import { cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import prebuildify from 'prebuildify'
import { isCommand, root } from './cmake.mjs'

/** Debian's names: of the C++ compiler that .ci/run installs, then of its package without a version. */
const GNU_NAMES = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

function crossTools (arch) {
  const prefix = GNU_NAMES[arch]
  const version = ['-12', ''].find(version => isCommand(`${prefix}-g++${version}`))
  if (version === undefined) return undefined
  return { CC: `${prefix}-gcc${version}`, CXX: `${prefix}-g++${version}`, AR: `${prefix}-ar`, PREBUILD_STRIP_BIN: `${prefix}-strip` }
}

/** For each architecture that can be built here: the variables of the environment that choose its tools. */
function buildable () {
  const own = { arch: os.arch(), tools: {} }
  if (process.platform !== 'linux') return [own]
  const builds = [own]
  for (const arch of Object.keys(GNU_NAMES).filter(arch => arch !== own.arch)) {
    const tools = crossTools(arch)
    if (tools) {
      builds.push({ arch, tools })
      continue
    }
    const prefix = GNU_NAMES[arch]
    console.error(`prebuild: no binary for linux-${arch}: no ${prefix}-g++. Debian: apt-get install g++-12-${prefix.replace('_', '-')}`)
    if (process.env.CI) process.exitCode = 1
  }
  return builds
}

const { name, engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const lowest = engines.node.match(/\d+\.\d+/)[0]
const environment = { ...process.env }
for (const { arch, tools } of buildable()) {
  const platform = `${process.platform}-${arch}`
  const folder = path.join(root, 'build-prebuilds', platform)
  rmSync(folder, { recursive: true, force: true })
  for (const part of ['binding.gyp', 'native']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true })
  // prebuildify hands its own environment on.
  Object.assign(process.env, environment, tools)
  await promisify(prebuildify)({
    name, arch, napi: true, strip: true, quiet: true, cwd: folder, out: root, targets: [`${lowest}.0`],
    nodeGyp: `"${process.execPath}" "${path.join(root, 'scripts/native.mjs')}"`, shell: true
  })
  const file = `prebuilds/${platform}/${name}.node`
  if (!existsSync(path.join(root, file))) throw new Error(`${file} was not made`)
  console.log(`prebuild: ${file}, ${statSync(path.join(root, file)).size} bytes`)
}
