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

  constructor (...args: string[]) {
    this.child = spawn(process.execPath, [fileURLToPath(new URL('cli/main.js', builtEntry())), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => { this.child.kill('SIGKILL') })
    this.child.stdout!.on('data', chunk => { this.stdout += chunk })
    this.child.stderr!.on('data', chunk => { this.stderr += chunk })
    this.exited = once(this.child, 'close').then(([code]) => code as number | null)
  }
}
