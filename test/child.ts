// Runs programs to their end. Most of all scripts of test/children, in a Node of their own, against the built package: for flags that only a new
// process can have, and for whatever might end the process that runs it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { builtEntry } from './built.js'

export interface Finished { code: number | null, signal: string | null, stderr: string, report: unknown }

/** Runs a program, which reports by writing one line of JSON. */
export function runProgram (program: string, args: readonly string[], environment: Record<string, string>, folder?: string): Promise<Finished> {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code, signal, stderr, report: stdout === '' ? undefined : JSON.parse(stdout) as unknown }))
  })
}

/** Runs `script` with the address of the built package as its argument, or with others. It reports by writing one line of JSON. */
export function runChild (
  script: string, flags: readonly string[] = [], environment: Record<string, string> = {}, args: readonly string[] = [builtEntry()]
): Promise<Finished> {
  const file = fileURLToPath(new URL(`children/${script}`, import.meta.url))
  return runProgram(process.execPath, [...flags, file, ...args], environment)
}
