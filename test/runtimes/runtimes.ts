// The runtimes that were found, the folders with an installed package, and how a program of apps/ is run there. Knows no test.
import path from 'node:path'
import { inject } from 'vitest'
import { type Finished, runProgram } from '../child.js'

export interface Runtime { readonly name: string, readonly version: string, readonly program: string }

declare module 'vitest' {
  export interface ProvidedContext {
    /** Below it, a folder for each Node, in which that Node's npm has installed the package, with the programs of apps/ in it. */
    installed: string
  }
}

const all = JSON.parse(process.env['GATEWIRE_RUNTIMES'] ?? '[]') as Runtime[]

function named (name: string): Runtime {
  const runtime = all.find(runtime => runtime.name === name)
  if (runtime === undefined) throw new Error(`${name} is missing: start these tests with npm run runtimes`)
  return runtime
}

export const bun: Runtime = named('Bun')
export const deno: Runtime = named('Deno')
export const nodes: readonly Runtime[] = ['Node 20', 'Node 22', 'Node 24', 'Node 26'].map(named)

/** For the titles of tests: a name, and what it stands for. */
export function titled<T extends Runtime> (runtimes: readonly T[]): Array<[title: string, runtime: T]> {
  return runtimes.map(runtime => [`${runtime.name} (${runtime.version})`, runtime])
}

/** Major version. */
export function major ({ version }: Runtime): number {
  return Number.parseInt(version)
}

/** The folder in which a Node has installed the package. */
export function folderOf ({ name }: Runtime): string {
  return path.join(inject('installed'), name)
}

/** What every program reports that has done its work: apps/exercise.cjs. */
export const answers = {
  environ: { REQUEST_METHOD: 'POST', PATH_INFO: '/café', CONTENT_LENGTH: '5' },
  transcoded: '/a b',
  refused: [true, 'ERR_HTTP_BAD_REQUEST_LINE', 400, 4],
  uwsgiEvents: ['head', 'content', 'end'],
  httpEvents: ['head', 'content', 'end'],
  responseHead: 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n',
  http: [200, '/over http', 'hello'],
  uwsgi: [200, '/café', 'hello']
}

/** What is reported where the addon runs, and where the twin does: after the message of engineError those of its causes, or their codes. */
export const byAddon = { engine: 'native', why: [], transports: ['native', 'native'], answers }
export const byTwin = (...why: unknown[]): object => ({ engine: 'wasm', why, transports: ['net', 'net'], answers })
export const byDemand: object = byTwin('GATEWIRE_ENGINE=wasm asks for the WebAssembly twin')

/** The end of a program that has nothing to complain of. */
export const wellEnded = (report: unknown): Finished => ({ code: 0, signal: null, stderr: '', report })

/** Runs a program of a folder; the engine is the package's choice, unless the environment says otherwise. */
export function run (runtime: Runtime, args: readonly string[], folder: string, environment: Record<string, string> = {}): Promise<Finished> {
  return runProgram(runtime.program, args, { GATEWIRE_ENGINE: '', GATEWIRE_KERNEL: '', GATEWIRE_TRANSPORT: '', ...environment }, folder)
}
