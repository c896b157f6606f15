// `gatewire inspect`: options in, a page or a JSON object out, an exit code back. Knows the command line; what a packet is, examine.ts
// and the public codec know.
import type { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { annotate } from './annotate.js'
import { examine } from './examine.js'
import type { Examination, Range } from './facts.js'
import { type Input, InputError, readFile, readStream } from './input.js'
import { jsonOf, printable } from './printable.js'
import { fitsStockUwsgi } from './warnings.js'

const USAGE = 'usage: gatewire inspect [FILE|-] [--protocol uwsgi|auto] [--json]'

const HELP = `${USAGE}

Prints one captured uwsgi packet: header, every variable or item with its byte range, content, what
follows, and what a server may stumble over. When the packet is refused: the reason and the byte.

FILE is the raw bytes of one connection or datagram, beginning with the packet. With - or without
FILE, standard input is read. Of a file larger than 4 MiB the first 4 MiB are read; a stream may not
be longer than that.

options
  --protocol auto   what begins like HTTP, TLS, PROXY protocol, FastCGI, SCGI or SNMP and is no uwsgi
                    packet is named as such (default)
  --protocol uwsgi  read it as uwsgi all the same; the other protocol is only a hint
  --json            print one JSON object instead of the page
  -h, --help        print this

exit codes
  0  the packet is accepted; content that is missing is a warning
  1  it is refused, incomplete, or another protocol
  2  wrong usage, or the input cannot be read

how to read the page
  Ranges are inclusive and count from 0. Bytes that are not printable ASCII are shown as \\xHH, a
  backslash as \\\\, a space at either end as \\x20. Long values are cut, with their length.

JSON
  Offsets and lengths are bytes from the start of the input. Strings are latin-1, one character for
  each byte, and are never cut; the text is ASCII. Keys are always there; null is "not there".
    input     { name, bytes }
    protocol  "uwsgi"
    accepted  true or false
    verdict   "accepted", "refused", "incomplete" or "foreign" (another protocol)
    header    { offset, length, modifier1, name, request, payload, datasize, modifier2, modifier2Meaning };
              payload is "vars", "array", "raw" or "empty"
    vars      [{ offset, length, key, keyOffset, value, valueOffset }]: offset and length with the
              two lengths; value null: at fault. In a refused or incomplete packet, those before the fault
    items     [{ offset, length, value, valueOffset }], of an array
    raw       { offset, length } of a payload without structure
    content   { offset, announced, present } of an accepted request
    rest      { offset, length } of what follows packet and content
    fitsStockUwsgi  whether uWSGI takes it as installed: at most 4096 bytes, 128 variables
    incomplete      { have, need }: bytes there are and bytes it takes
    error     { code, status, offset, message, overrun } when the codec refused it; status is that of
              HTTP; overrun { announced, left } when a length leaves the block, else null
    hints     [{ code, message }]; warnings  [{ code, message, offset }]

examples
  gatewire inspect request.bin
  nc -l 127.0.0.1 3031 | gatewire inspect
  gatewire inspect request.bin --json | jq '.vars[] | select(.key == "PATH_INFO")'
`

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
  readonly auto: boolean
  readonly json: boolean
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
  if (protocol !== 'auto' && protocol !== 'uwsgi') throw new Misuse(`--protocol has to be uwsgi or auto, not ${JSON.stringify(protocol)}`)
  if (positionals.length > 1) throw new Misuse(`one FILE at a time; ${positionals.length} were given`)
  return { help, file: positionals[0], auto: protocol === 'auto', json }
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

/** The object that --json prints. Its keys are a promise: they stay. */
function factsOf (examination: Examination, name: string, total: number): object {
  const { verdict, header, vars, items, raw, content, rest, incomplete, error, overrun, hints, warnings } = examination
  const range = (one: Range | undefined): Range | null => one ?? null
  return {
    input: { name, bytes: total },
    protocol: 'uwsgi',
    accepted: verdict === 'accepted',
    verdict,
    header: header === undefined
      ? null
      : {
          offset: 0,
          length: 4,
          modifier1: header.modifier1,
          name: header.name,
          request: header.request,
          payload: header.payload,
          datasize: header.datasize,
          modifier2: header.modifier2,
          modifier2Meaning: header.modifier2Meaning ?? null
        },
    vars: vars.map(one => ({ ...one, value: one.value ?? null, valueOffset: one.valueOffset ?? null })),
    items,
    raw: range(raw),
    content: content ?? null,
    rest: range(rest),
    fitsStockUwsgi: verdict === 'accepted' ? fitsStockUwsgi(warnings) : null,
    incomplete: incomplete ?? null,
    error: error === undefined
      ? null
      : { code: error.code, status: error.status, offset: error.offset, message: error.message, overrun: overrun ?? null },
    hints,
    warnings: warnings.map(one => ({ ...one, offset: one.offset ?? null }))
  }
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
  const { help, file, auto, json } = parse(argv)
  if (help) {
    await write(stdout, HELP)
    return 0
  }
  if (file === undefined && stdin.isTTY) throw new Misuse('give a FILE, or pipe the bytes in')
  const fromStdin = file === undefined || file === '-'
  const name = fromStdin ? 'standard input' : file
  const { bytes, total } = await read(name, () => fromStdin ? readStream(stdin) : readFile(file))
  const examination = examine(bytes, total, auto)
  const width = Math.max(MIN_WIDTH, stdout.columns || DEFAULT_WIDTH)
  await write(stdout, json ? `${jsonOf(factsOf(examination, name, total))}\n` : annotate(examination, { name, bytes, total, width }))
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
