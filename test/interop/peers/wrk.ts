// wrk as a load: runs it for some seconds and reads its report. Knows its command line and report, and nothing about servers.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from './process.js'

export const findWrk = (): string | undefined => findProgram('wrk')

export interface WrkReport {
  readonly requests: number
  /** Responses that were neither 2xx nor 3xx. */
  readonly refused: number
  /** Connections that failed, reads and writes that failed, and requests that took longer than `timeoutSeconds`. */
  readonly socketErrors: number
  /** What wrk printed: for messages of tests. */
  readonly text: string
}

export interface WrkOptions {
  readonly connections: number
  readonly seconds: number
  readonly timeoutSeconds?: number
}

export async function runWrk (url: string, { connections, seconds, timeoutSeconds = 10 }: WrkOptions): Promise<WrkReport> {
  const program = findWrk()
  if (program === undefined) throw new Error('wrk is not installed')
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', `${timeoutSeconds}s`, url]
  const { stdout } = await promisify(execFile)(program, args, { timeout: 1000 * (seconds + 2 * timeoutSeconds) })
  const requests = /^ +(\d+) requests in /m.exec(stdout)?.[1]
  if (requests === undefined) throw new Error(`wrk made no report:\n${stdout}`)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? []
  return {
    requests: Number(requests),
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
    socketErrors: errors.reduce((sum, count) => sum + Number(count), 0),
    text: stdout
  }
}
