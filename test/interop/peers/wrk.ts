// wrk as a load: runs it for some seconds and reads its report. Knows its command line and report, and nothing about servers.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from './process.js'

export const findWrk = (): string | undefined => findProgram('wrk')

export interface WrkReport {
  readonly requests: number
  readonly perSecond: number
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
  /** Requests that are sent at once on each connection; default 1. */
  readonly pipelined?: number
  /** A command that starts wrk, as `taskset` does; default none. */
  readonly startedBy?: readonly string[]
}

const PIPELINE = fileURLToPath(new URL('pipeline.lua', import.meta.url))

export async function runWrk (url: string, options: WrkOptions): Promise<WrkReport> {
  const { connections, seconds, timeoutSeconds = 10, pipelined = 1, startedBy = [] } = options
  const wrk = findWrk()
  if (wrk === undefined) throw new Error('wrk is not installed')
  const [script, argument] = pipelined > 1 ? [['-s', PIPELINE], ['--', String(pipelined)]] : [[], []]
  const [program, ...args] = [
    ...startedBy, wrk, '-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', `${timeoutSeconds}s`, ...script, url, ...argument
  ] as [string, ...string[]]
  const { stdout } = await promisify(execFile)(program, args, { timeout: 1000 * (seconds + 2 * timeoutSeconds) })
  const requests = /^ +(\d+) requests in /m.exec(stdout)?.[1]
  const perSecond = /^Requests\/sec: +([\d.]+)$/m.exec(stdout)?.[1]
  if (requests === undefined || perSecond === undefined) throw new Error(`wrk made no report:\n${stdout}`)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? []
  return {
    requests: Number(requests),
    perSecond: Number(perSecond),
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
    socketErrors: errors.reduce((sum, count) => sum + Number(count), 0),
    text: stdout
  }
}
