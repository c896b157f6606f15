// `gatewire inspect`: options in, a page or a JSON object out, an exit code back. Knows the command line; what a packet or a
// request is, examine.ts and the public codec know.
import type { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { annotatePacket } from './annotate_packet.js'
import { annotateRequests } from './annotate_requests.js'
import { examine, type Protocol, PROTOCOLS } from './examine.js'
import { factsOf } from './facts_json.js'
import { type Input, InputError, readFile, readStream } from './input.js'
import { HELP, USAGE } from './inspect_help.js'
import type { Page } from './page.js'
import { jsonOf, printable } from './printable.js'

/** Where the command reads and writes; the process's own by default. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly columns?: number }
  readonly stderr: Writable
}

const DEFAULT_WIDTH = 100
// Room for a row of a hex dump.
const MIN_WIDTH = 80

/** A mistake of the user, in words for the user. */
class Misuse extends Error {}

interface Command {
  readonly help: boolean
  readonly file: string | undefined
  readonly protocol: Protocol
  readonly json: boolean
}

function isProtocol (name: string): name is Protocol {
  return (PROTOCOLS as readonly string[]).includes(name)
}

function parse (argv: string[]): Command {
  let parsed
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        protocol: { type: 'string', default: 'auto' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
  const { values: { help, protocol, json }, positionals } = parsed
  if (!isProtocol(protocol)) throw new Misuse(`--protocol has to be uwsgi, http or auto, not ${JSON.stringify(protocol)}`)
  if (positionals.length > 1) throw new Misuse(`one FILE at a time; ${positionals.length} were given`)
  return { help, file: positionals[0], protocol, json }
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

async function read (name: string, start: () => Promise<Input>): Promise<Input> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new Misuse(`cannot read ${name}: ${error.message}`)
  }
}

async function run (argv: string[], { stdin, stdout }: Streams): Promise<number> {
  const { help, file, protocol, json } = parse(argv)
  if (help) {
    await write(stdout, HELP)
    return 0
  }
  if (file === undefined && stdin.isTTY) throw new Misuse('give a FILE, or pipe the bytes in')
  const fromStdin = file === undefined || file === '-'
  const name = fromStdin ? 'standard input' : file
  const { bytes, total } = await read(name, () => fromStdin ? readStream(stdin) : readFile(file))
  const examination = examine(bytes, total, protocol)
  const page: Page = { name, bytes, total, width: Math.max(MIN_WIDTH, stdout.columns || DEFAULT_WIDTH) }
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
    if (!(error instanceof Misuse)) throw error
    await write(streams.stderr, `gatewire inspect: ${printable(error.message)}\n${USAGE}\nMore: gatewire inspect --help\n`)
    return 2
  }
}
