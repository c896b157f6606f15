// The gatewire command as a process of its own from the built package, ended after its test. Knows no subcommand.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { builtEntry } from './built.js'

export class Command {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly exited: Promise<number | null>

  /** First, if need be, what its environment has besides ours. */
  constructor (...given: [Record<string, string>, ...string[]] | string[]) {
    const [env, args] = typeof given[0] === 'object' ? [given[0], given.slice(1) as string[]] : [{}, given as string[]]
    const main = fileURLToPath(new URL('cli/main.js', builtEntry()))
    this.child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    onTestFinished(() => { this.child.kill('SIGKILL') })
    this.child.stdout!.on('data', chunk => { this.stdout += chunk })
    this.child.stderr!.on('data', chunk => { this.stderr += chunk })
    this.exited = once(this.child, 'close').then(([code]) => code as number | null)
  }
}
