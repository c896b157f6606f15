// The examples, as their pages have it: each is started by the command of its README, its sessions are gone through, and it is stopped. By a
// package that is linked, and by one that is installed from its tarball, where the WebAssembly twin does the work.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtEntry } from './built.js'
import { root } from './docs_blocks.js'
import { engines } from './engines.js'
import { pattern, startsIn } from './example_page.js'
import { ExampleProject, examplesFolder, startInPlace } from './example_project.js'
import { LOOPBACK, serves } from './interop/peers/address.js'
import { describeWithPeers, type PeerName } from './interop/peers/availability.js'

const examples = readdirSync(examplesFolder, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name)

/** What an example needs besides curl. */
const PEERS: Readonly<Record<string, readonly PeerName[]>> = { 'behind-nginx': ['nginx'], 'flask-front': ['flask'] }

/** Starts each server of an example, goes through its sessions, and stops it. */
async function goThrough (project: ExampleProject, example: string, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  for (const { command, steps } of startsIn(`examples/${example}/README.md`)) {
    const running = project.start(example, project.here(command))
    await running.says(/ on .*127\.0\.0\.1:\d+|upstream/)
    for (const step of steps) {
      const line = project.here(step.command)
      const [, port] = /127\.0\.0\.1:(\d+)/.exec(line) ?? []
      if (port !== undefined) while (!await serves({ host: LOOPBACK, port: Number(port) }));
      expect(project.run(example, line)).toMatch(pattern(project.here(step.output)))
    }
    expect(steps.length).toBeGreaterThan(0)
    const end = await running.stop(signal)
    // A shell with several programs to end says what became of the last one.
    if (!command.includes('&')) expect(end).toBe(0)
  }
}

describe('examples/README.md', () => {
  it('lists the examples', () => {
    const page = readFileSync(path.join(examplesFolder, 'README.md'), 'utf8')
    expect([...page.matchAll(/^\| \[([\w-]+)\]\(\1\/README\.md\) \|/gm)].map(([, name]) => name!).sort()).toEqual(examples.sort())
  })
})

/** Puts the package into a node_modules: from its tarball, with its one dependency, as npm does. */
const tarballs = mkdtempSync(path.join(tmpdir(), 'gatewire-tarball-'))
afterAll(() => rmSync(tarballs, { recursive: true }))
let tarball = ''
beforeAll(() => {
  builtEntry()
  const printed = execFileSync('npm', ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', tarballs],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  tarball = path.join(tarballs, (JSON.parse(printed) as Array<{ filename: string }>)[0]!.filename)
})
function installTarball (modules: string): void {
  const target = path.join(modules, 'gatewire')
  mkdirSync(target)
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', target])
  symlinkSync(path.join(root, 'node_modules/node-gyp-build'), path.join(modules, 'node-gyp-build'))
}

describe.each(examples)('examples/%s', example => {
  describeWithPeers(['curl', ...PEERS[example] ?? []], 'does what its page says', () => {
    it('by a package that is linked', async () => {
      await goThrough(await ExampleProject.make(), example, 'SIGINT')
    })

    it('by a package that is installed from its tarball, and the twin', async context => {
      if (!engines.includes('wasm')) context.skip('this build has no WebAssembly twin')
      const project = await ExampleProject.make(installTarball, { GATEWIRE_ENGINE: 'wasm' })
      expect(project.run(example, "node --input-type=module --eval 'import { engine } from \"gatewire\"; console.log(engine)'")).toBe('wasm\n')
      await goThrough(project, example, 'SIGTERM')
    })
  })
})

describe('a server of the examples', () => {
  it.each(['uwsgi-hello/server.mjs', 'http-hello/server.mjs', 'own-server-on-the-codec/server.mjs', 'wsgi-in-js/server.mjs'])('%s takes its port from the command line', async file => {
    const running = startInPlace(file, '0')
    expect(await serves({ host: LOOPBACK, port: await running.port() })).toBe(true)
    expect(await running.stop('SIGTERM')).toBe(0)
  })
})
