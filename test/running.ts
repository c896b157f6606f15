// A program that a test has started, with all that it has started itself: what it prints, and how it ends. Knows no program.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { until } from './front_end.js'

/** Time to end what it has started itself, before it is ended by force. Milliseconds. */
const GRACE = 5000

export class Running {
  readonly #child: ChildProcess
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  stdout = ''
  stderr = ''

  /** `child`: the leader of a process group (`detached`), whose output is piped. To be ended by whoever has started it. */
  constructor (child: ChildProcess) {
    this.#child = child
    child.stdout!.on('data', chunk => { this.stdout += chunk })
    child.stderr!.on('data', chunk => { this.stderr += chunk })
    this.exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  }

  /** Waits until its standard output has these words, and gives what matched. Fails when it ends before. */
  async says (words: string | RegExp): Promise<RegExpExecArray> {
    const pattern = typeof words === 'string' ? new RegExp(words.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')) : words
    await until(() => pattern.test(this.stdout) || this.#child.exitCode !== null || this.#child.signalCode !== null)
    const match = pattern.exec(this.stdout)
    if (match === null) throw new Error(`the program has ended\n${this.stdout}\n${this.stderr}`)
    return match
  }

  /** The port of 127.0.0.1 that it says it listens on. */
  async port (): Promise<number> {
    return Number((await this.says(/ on (?:http:\/\/)?127\.0\.0\.1:(\d+)/))[1])
  }

  /** Signals the process group, as a terminal does, and waits until nobody of it is left. The exit code, or the signal that ended it. */
  async stop (signal: 'SIGINT' | 'SIGTERM'): Promise<number | string> {
    this.#signal(signal)
    const end = await this.exited
    await until(() => !this.#signal(0))
    return end
  }

  /** Ends it, if need be by force; but first so that it can end what it has started itself. */
  async end (): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      this.#signal(signal)
      await Promise.race([this.exited, new Promise(resolve => { setTimeout(resolve, GRACE).unref() })])
    }
  }

  /** Whether there was anybody to be signalled. */
  #signal (signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.#child.pid!, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
      throw error
    }
  }
}
