// curl as a client: runs one command line, and gives what came back with curl's own account of it. Knows the command line and its output,
// and nothing about servers.
import { spawn } from 'node:child_process'
import { findProgram } from './process.js'

export const findCurl = (): string | undefined => findProgram('curl')

/** What curl says of one transfer: the members of its `--write-out %{json}` that tests look at. */
export interface CurlTransfer {
  readonly http_code: number
  /** '1.1', '1', '2'. */
  readonly http_version: string
  /** Connections that were made for this transfer; 0 when one was used again. */
  readonly num_connects: number
  readonly size_download: number
}

export interface CurlRun {
  readonly exitCode: number | null
  /** The content of all responses, one after the other. */
  readonly content: Buffer
  readonly transfers: readonly CurlTransfer[]
  /** Lines of all request heads as they were sent, and of all response heads, interim ones included, as they came. */
  readonly sent: readonly string[]
  readonly received: readonly string[]
  /** The whole of what it said: for messages of tests. */
  readonly account: string
}

/** Runs curl with these arguments; `input` is its standard input (`--upload-file -`, `--data-binary @-`). */
export function curl (args: readonly string[], input?: Uint8Array): Promise<CurlRun> {
  const program = findCurl()
  if (program === undefined) throw new Error('curl is not installed')
  const always = ['--disable', '--silent', '--show-error', '--verbose', '--noproxy', '*', '--max-time', '20',
    '--write-out', '%{stderr}transfer %{json}\n']
  const child = spawn(program, [...always, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const content: Buffer[] = []
  const account: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => content.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => account.push(bytes))
  child.stdin.on('error', () => {}) // it need not read all of its input
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', exitCode => {
      const text = Buffer.concat(account).toString('latin1')
      const after = (start: string): string[] =>
        text.split('\n').filter(line => line.startsWith(start)).map(line => line.slice(start.length).trimEnd())
      const transfers = after('transfer ').map(json => JSON.parse(json) as CurlTransfer)
      resolve({ exitCode, content: Buffer.concat(content), transfers, sent: after('> '), received: after('< '), account: text })
    })
  })
}
