// A project of somebody who follows the documents: a folder in which the built package is installed, files, and programs that are run in it
// as the documents have them. Knows nothing of what they do.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { builtEntry } from './built.js'
import { root } from './docs_blocks.js'
import { Running } from './running.js'

/** Puts the package into a node_modules as `npm install` of a folder does. */
function link (modules: string): void {
  symlinkSync(root, path.join(modules, 'gatewire'))
}

/** Where, and with which environment, a command line is run. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export class Project {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'gatewire-project-'))

  /** `install` puts the package into its node_modules; by default it is linked. */
  constructor (files: Readonly<Record<string, string>> = {}, install: (modules: string) => void = link) {
    builtEntry()
    chmodSync(this.folder, 0o755) // the workers of a server that root has started are somebody else
    const modules = path.join(this.folder, 'node_modules')
    mkdirSync(path.join(modules, '.bin'), { recursive: true })
    install(modules)
    symlinkSync('../gatewire/dist/cli/main.js', path.join(modules, '.bin/gatewire'))
    for (const [name, text] of Object.entries(files)) this.write(name, text)
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  write (name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text)
  }

  /** Starts a command line, as a shell does; ended with all that it has started after the test. */
  start (line: string, { cwd = this.folder, env = process.env }: Surroundings = {}): Running {
    const running = new Running(spawn('bash', ['-c', `exec ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true }))
    onTestFinished(() => running.end())
    return running
  }

  /** Runs a command line to its end. */
  run (line: string, { cwd = this.folder, env = process.env }: Surroundings = {}): string {
    const { stdout, stderr, status } = spawnSync('bash', ['-c', line], { cwd, env, encoding: 'utf8', timeout: 60_000 })
    if (status !== 0) throw new Error(`${line} ended with ${status}\n${stdout}\n${stderr}`)
    return stdout
  }
}

/** A session as it is shown: commands behind `$ `, what each prints below it, `&` at the end of those that go on. */
export function stepsOf (session: string): Array<{ command: string, goesOn: boolean, output: string }> {
  return session.split(/^\$ /m).slice(1).map(step => {
    const [line, ...output] = step.split('\n')
    return { command: line!.replace(/ &$/, ''), goesOn: line!.endsWith(' &'), output: output.join('\n') }
  })
}
