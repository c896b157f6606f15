// A project of a user: copies of the examples with ports of their own, gatewire in node_modules, and the programs that the pages name. Runs
// command lines there. Knows no example.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { builtEntry } from './built.js'
import { until } from './front_end.js'
import { freePort } from './interop/peers/address.js'
import { findCurl } from './interop/peers/curl.js'
import { findNginx } from './interop/peers/nginx.js'
import { temporaryFolder } from './interop/peers/process.js'
import { findUwsgi, PYTHON_ENVIRONMENT } from './interop/peers/uwsgi.js'

export const examplesFolder: string = fileURLToPath(new URL('../examples/', import.meta.url))

/** The package that was built here, as `npm install` of a folder puts it there. */
function link (nodeModules: string): void {
  builtEntry()
  symlinkSync(fileURLToPath(new URL('..', import.meta.url)), path.join(nodeModules, 'gatewire'))
}

/** The ports that are written in the examples, each row in one piece. */
const ROWS = [[3031, 3032], [8080], [8081], [8082]]

export class Project {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv

  /** `install` puts gatewire into a node_modules: by default it is linked. `env`: what commands find in their environment besides. */
  static async make (install: (nodeModules: string) => void = link, env: NodeJS.ProcessEnv = {}): Promise<Project> {
    const folder = await temporaryFolder('examples')
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const nodeModules = path.join(folder, 'node_modules')
    mkdirSync(nodeModules)
    install(nodeModules)
    cpSync(examplesFolder, path.join(folder, 'examples'), { recursive: true })
    await changePorts(path.join(folder, 'examples'))
    return new Project(folder, env)
  }

  private constructor (folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    const programs = { node: process.execPath, curl: findCurl(), nginx: findNginx(), uwsgi: findUwsgi() }
    for (const [name, file] of Object.entries(programs)) if (file !== undefined) symlinkSync(file, path.join(bin, name))
    this.#env = { ...PYTHON_ENVIRONMENT, PATH: `${bin}:${PYTHON_ENVIRONMENT['PATH']}`, HOME: folder, TMPDIR: folder, ...env }
  }

  /** A file of an example. */
  read (example: string, file: string): string {
    return readFileSync(path.join(this.#cwd(example), file), 'utf8')
  }

  /** Puts other values in the place of those that constants have. */
  set (example: string, file: string, constants: Readonly<Record<string, number>>): void {
    let text = this.read(example, file)
    for (const [name, value] of Object.entries(constants)) {
      const definition = new RegExp(`^const ${name} = .*$`, 'm')
      if (!definition.test(text)) throw new Error(`there is no ${name} in ${file}`)
      text = text.replace(definition, `const ${name} = ${value}`)
    }
    writeFileSync(path.join(this.#cwd(example), file), text)
  }

  /** Puts another file in the place of one of an example. */
  replace (example: string, file: string, other: URL): void {
    cpSync(other, path.join(this.#cwd(example), file))
  }

  /** Runs a command line to its end, in the folder of an example. What it printed on standard output, without CR. */
  async run (example: string, command: string): Promise<string> {
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: this.#cwd(example), env: this.#env })
    return stdout.replaceAll('\r', '')
  }

  /** Starts what runs until it is stopped, or the test is finished. */
  start (example: string, command: string): Running {
    // A process group of its own gets signals as that of a terminal does. A single program gets them without a shell in between.
    const line = /[&;]/.test(command) ? command : `exec ${command}`
    const running = new Running(spawn('sh', ['-c', line], { cwd: this.#cwd(example), env: this.#env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }))
    onTestFinished(() => running.end())
    return running
  }

  #cwd (example: string): string {
    return path.join(this.#folder, 'examples', example)
  }
}

async function changePorts (folder: string): Promise<void> {
  const ports = new Map<string, number>()
  for (const row of ROWS) {
    const first = await freePort(row.length)
    row.forEach((port, i) => ports.set(String(port), first + i))
  }
  const written = new RegExp(`\\b(${[...ports.keys()].join('|')})\\b`, 'g')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    writeFileSync(file, readFileSync(file, 'utf8').replace(written, port => String(ports.get(port))))
  }
}

/** Starts a program of the examples where it stands, which imports the package that was built here. To be ended by whoever starts it. */
export function launchInPlace (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  builtEntry()
  return new Running(spawn(process.execPath, [path.join(examplesFolder, file), ...args],
    { env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** The same, until the test is finished. */
export function startInPlace (file: string, ...args: readonly string[]): Running {
  const running = launchInPlace(file, args)
  onTestFinished(() => running.end())
  return running
}

export class Running {
  readonly #child: ChildProcess
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<unknown>
  stdout = ''
  stderr = ''

  constructor (child: ChildProcess) {
    this.#child = child
    child.stdout!.on('data', chunk => { this.stdout += chunk })
    child.stderr!.on('data', chunk => { this.stderr += chunk })
    this.exited = once(child, 'close').then(([code, signal]) => code ?? signal)
  }

  /** Waits until it has printed something, and gives what matched. */
  async printed (words: RegExp): Promise<RegExpExecArray> {
    await until(() => words.test(this.stdout) || this.#child.exitCode !== null || this.#child.signalCode !== null)
    const match = words.exec(this.stdout)
    if (match === null) throw new Error(`it has ended, having said: ${this.stdout}${this.stderr}`)
    return match
  }

  /** The port of 127.0.0.1 that it says it listens on. */
  async port (): Promise<number> {
    return Number((await this.printed(/ on (?:http:\/\/)?127\.0\.0\.1:(\d+)/))[1])
  }

  /** Signals the process group, and waits until nobody of it is left. The exit code, or the signal that ended it. */
  async stop (signal: 'SIGINT' | 'SIGTERM'): Promise<unknown> {
    this.#signal(signal)
    const end = await this.exited
    await until(() => !this.#signal(0))
    return end
  }

  /** Ends it, if need be by force; but first so that it can end what it has started itself. */
  async end (): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      this.#signal(signal)
      await Promise.race([this.exited, new Promise(resolve => { setTimeout(resolve, 5000).unref() })])
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
