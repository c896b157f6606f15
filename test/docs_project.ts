// A project of somebody who follows the documents: a folder in which the built package is installed, files, and programs that are run in it
// as the documents have them. Knows nothing of what they do.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { builtEntry } from './built.js'
import { root } from './docs_blocks.js'

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it has written so far. */
  stdout: () => string
  stderr: () => string
  /** The code it ends with; null: by a signal. */
  readonly exited: Promise<number | null>
  /** Waits until its standard output has these words; fails when it ends before. */
  says: (words: string) => Promise<void>
}

export class Project {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'gatewire-project-'))

  constructor (files: Readonly<Record<string, string>> = {}) {
    builtEntry()
    const modules = path.join(this.folder, 'node_modules')
    mkdirSync(path.join(modules, '.bin'), { recursive: true })
    symlinkSync(root, path.join(modules, 'gatewire'))
    symlinkSync('../gatewire/dist/cli/main.js', path.join(modules, '.bin/gatewire'))
    for (const [name, text] of Object.entries(files)) this.write(name, text)
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  write (name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text)
  }

  /** Starts a command line, as a shell does; ended with all that it has started after the test. */
  start (line: string, env: NodeJS.ProcessEnv = process.env): Running {
    const child = spawn('bash', ['-c', `exec ${line}`], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'], env, detached: true })
    const exited = once(child, 'close').then(([code]) => code as number | null)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', chunk => { stdout += chunk })
    child.stderr.on('data', chunk => { stderr += chunk })
    onTestFinished(async () => {
      // npx waits for the command that it has started; both get the signal.
      try { process.kill(-child.pid!, 'SIGKILL') } catch { /* has ended */ }
      await exited
    })
    const says = async (words: string): Promise<void> => {
      while (!stdout.includes(words)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${line} has ended\n${stdout}\n${stderr}`)
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }
    return { child, exited, says, stdout: () => stdout, stderr: () => stderr }
  }

  /** Runs a command line to its end. */
  run (line: string): string {
    const { stdout, stderr, status } = spawnSync('bash', ['-c', line], { cwd: this.folder, encoding: 'utf8', timeout: 60_000 })
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
