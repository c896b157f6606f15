// `gatewire inspect`: options in, a page or a JSON object out, an exit code back. Knows the command line; what a packet or a
// request is, examine.ts and the public codec know.
import type { Readable, Writable } from 'node:stream'
import { annotatePacket } from './annotate_packet.js'
import { annotateRequests } from './annotate_requests.js'
import { oneOf, readCommandLine } from './command_line.js'
import { Complaint, complaintText } from './complaint.js'
import { examine, type Protocol, PROTOCOLS } from './examine.js'
import { factsOf } from './facts_json.js'
import { helpOf, helpWidth } from './help_page.js'
import { readFile, readStream } from './input.js'
import { OPTIONS, PAGE } from './inspect_page.js'
import { newPage } from './page.js'
import { painterFor } from './paint.js'
import { jsonOf } from './printable.js'

/** Where the command reads and writes; the process's own by default. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly columns?: number }
  readonly stderr: Writable
}

const DEFAULT_WIDTH = 100
// Room for four bytes, and a few words about them.
const MIN_WIDTH = 50

interface Command {
  readonly file: string | undefined
  readonly protocol: Protocol
  readonly json: boolean
}

function readCommand (argv: string[]): Command | 'help' {
  const given = readCommandLine(OPTIONS, argv)
  if (given === 'help') return 'help'
  const { values, positionals } = given
  if (positionals.length > 1) throw new Complaint(2, `one FILE at a time; ${positionals.length} were given`)
  return { file: positionals[0], protocol: oneOf('protocol', values.protocol ?? 'auto', PROTOCOLS), json: values.json === true }
}

/** Writes and waits until it is written; a reader that has gone away (`| head`) is no failure. */
function write (stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    function failed (error: NodeJS.ErrnoException): void {
      if (error.code === 'EPIPE') resolve()
      else reject(error)
    }
    stream.once('error', failed)
    stream.write(text, (error) => {
      if (error) return // 'error' tells
      stream.off('error', failed)
      resolve()
    })
  })
}

async function run (argv: string[], { stdin, stdout }: Streams): Promise<number> {
  const command = readCommand(argv)
  if (command === 'help') {
    await write(stdout, helpOf(PAGE, helpWidth(stdout), painterFor(stdout)))
    return 0
  }
  const { file, protocol, json } = command
  if (file === undefined && stdin.isTTY) throw new Complaint(2, 'give a FILE, or pipe the bytes in')
  const fromStdin = file === undefined || file === '-'
  const name = fromStdin ? 'standard input' : file
  const { bytes, total } = await (fromStdin ? readStream(stdin, name) : readFile(file))
  const examination = examine(bytes, total, protocol)
  const page = newPage(name, bytes, total, Math.max(MIN_WIDTH, stdout.columns || DEFAULT_WIDTH), painterFor(stdout))
  const annotate = (): string => examination.protocol === 'uwsgi' ? annotatePacket(examination, page) : annotateRequests(examination, page)
  await write(stdout, json ? `${jsonOf(factsOf(examination, name, total))}\n` : annotate())
  return examination.verdict === 'accepted' ? 0 : 1
}

/**
 * Runs `gatewire inspect` with the arguments behind that word. Returns the exit code: 0 accepted, 1 refused, incomplete or another
 * protocol, 2 wrong usage or unreadable input.
 */
export async function inspect (argv: string[], streams: Streams = process): Promise<number> {
  try {
    return await run(argv, streams)
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    await write(streams.stderr, complaintText(error, PAGE.name))
    return error.exitCode
  }
}
