// A project with copies of the examples: with ports of their own, and with the programs that the pages name. Knows no example.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { builtEntry } from './built.js'
import { root } from './docs_blocks.js'
import { Project } from './docs_project.js'
import { freePort } from './interop/peers/address.js'
import { findCurl } from './interop/peers/curl.js'
import { findNginx } from './interop/peers/nginx.js'
import { findUwsgi, PYTHON_ENVIRONMENT } from './interop/peers/uwsgi.js'
import { Running } from './running.js'

export const examplesFolder: string = path.join(root, 'examples')

/** The ports that are written in the examples, each row in one piece. */
const ROWS = [[3031, 3032], [8080], [8081], [8082]]

export class ExampleProject {
  readonly #project: Project
  readonly #env: NodeJS.ProcessEnv
  /** By what stands in the pages. */
  readonly #ports: ReadonlyMap<string, number>

  /** `install` puts gatewire into a node_modules: by default it is linked. `env`: what commands find in their environment besides. */
  static async make (install?: (modules: string) => void, env: NodeJS.ProcessEnv = {}): Promise<ExampleProject> {
    const ports = new Map<string, number>()
    for (const row of ROWS) {
      const first = await freePort(row.length)
      row.forEach((port, i) => ports.set(String(port), first + i))
    }
    return new ExampleProject(new Project({}, install), ports, env)
  }

  private constructor (project: Project, ports: ReadonlyMap<string, number>, env: NodeJS.ProcessEnv) {
    const { folder } = project
    this.#project = project
    this.#ports = ports
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    const programs = { node: process.execPath, curl: findCurl(), nginx: findNginx(), uwsgi: findUwsgi() }
    for (const [name, file] of Object.entries(programs)) if (file !== undefined) symlinkSync(file, path.join(bin, name))
    this.#env = { ...PYTHON_ENVIRONMENT, PATH: `${bin}:${PYTHON_ENVIRONMENT['PATH']}`, HOME: folder, TMPDIR: folder, ...env }
    const copies = this.#folderOf('.')
    cpSync(examplesFolder, copies, { recursive: true })
    for (const entry of readdirSync(copies, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.isFile()) writeFileSync(file, this.here(readFileSync(file, 'utf8')))
    }
  }

  /** Text with the ports of this project. */
  here (text: string): string {
    return text.replace(new RegExp(`\\b(${[...this.#ports.keys()].join('|')})\\b`, 'g'), port => String(this.#ports.get(port)))
  }

  /** Puts other values in the place of those that constants have. */
  set (example: string, file: string, constants: Readonly<Record<string, number>>): void {
    const copy = path.join(this.#folderOf(example), file)
    let text = readFileSync(copy, 'utf8')
    for (const [name, value] of Object.entries(constants)) {
      const definition = new RegExp(`^const ${name} = .*$`, 'm')
      if (!definition.test(text)) throw new Error(`there is no ${name} in ${file}`)
      text = text.replace(definition, `const ${name} = ${value}`)
    }
    writeFileSync(copy, text)
  }

  /** Puts another file in the place of one of an example. */
  replace (example: string, file: string, other: URL): void {
    cpSync(other, path.join(this.#folderOf(example), file))
  }

  /** Runs a command line to its end, in the folder of an example. What it printed on standard output, without CR. */
  run (example: string, line: string): string {
    return this.#project.run(line, { cwd: this.#folderOf(example), env: this.#env }).replaceAll('\r', '')
  }

  /** Starts what runs until it is stopped, or the test is finished. */
  start (example: string, line: string): Running {
    return this.#project.start(line, { cwd: this.#folderOf(example), env: this.#env })
  }

  #folderOf (example: string): string {
    return path.join(this.#project.folder, 'examples', example)
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
