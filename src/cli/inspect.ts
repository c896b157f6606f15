// `gatewire inspect`: options in, a page or a JSON object out, an exit code back. Knows the command line; what a packet or a
// request is, examine.ts and the public codec know.
import type { Readable, Writable } from 'node:stream'
import { numberOf, oneOf, readCommandLine } from './command_line.js'
import { Complaint, complaintText } from './complaint.js'
import { examinePart, type Part, type Protocol, PROTOCOLS } from './examine.js'
import { jsonOfFindings, pageOfFindings } from './findings.js'
import { helpOf, helpWidth } from './help_page.js'
import { decodeInput, INPUT_FORMATS, type InputFormat } from './hex_text.js'
import { type Input, readFile, readStream } from './input.js'
import { OPTIONS, PAGE } from './inspect_page.js'
import { inspectLive, type LiveSettings } from './live.js'
import { painterFor } from './paint.js'
import { jsonOf } from './printable.js'
import { modeOf } from './serving.js'
import { clientFlows } from './tcp_flows.js'

/** Where the command reads and writes; the process's own by default. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly columns?: number }
  readonly stderr: Writable
}

const DEFAULT_WIDTH = 100
// Room for four bytes, and a few words about them.
const MIN_WIDTH = 50

/** Columns of a page on this stream. */
function pageWidth ({ columns }: Streams['stdout']): number {
  return Math.max(MIN_WIDTH, columns || DEFAULT_WIDTH)
}

interface Command {
  readonly file: string | undefined
  readonly protocol: Protocol
  readonly input: InputFormat
  readonly json: boolean
}

/** Answers that end a request. */
const [LEAST_STATUS, MOST_STATUS] = [200, 599]

function readCommand (argv: string[]): Command | LiveSettings | 'help' {
  const given = readCommandLine(OPTIONS, argv)
  if (given === 'help') return 'help'
  const { values, positionals: [file, ...surplus] } = given
  const { json = false, listen: addresses } = values
  const protocol = oneOf('protocol', values.protocol ?? 'auto', PROTOCOLS)
  if (surplus.length > 0) throw new Complaint(2, `one FILE at a time: ${JSON.stringify(surplus[0])} is too much`)
  if (addresses === undefined) {
    const alone = (['mode', 'status'] as const).find(name => values[name] !== undefined)
    if (alone !== undefined) throw new Complaint(2, `--${alone} is for --listen`)
    return { file, protocol, input: oneOf('input', values.input ?? 'auto', INPUT_FORMATS), json }
  }
  if (file !== undefined) throw new Complaint(2, `either --listen or a FILE: ${JSON.stringify(file)} is too much`)
  if (values.input !== undefined) throw new Complaint(2, '--input is for a FILE')
  const status = numberOf(values.status, 'status', `a number from ${LEAST_STATUS} to ${MOST_STATUS}`, MOST_STATUS) ?? LEAST_STATUS
  if (status < LEAST_STATUS) throw new Complaint(2, `--status has to be a number from ${LEAST_STATUS} to ${MOST_STATUS}`)
  return { addresses, mode: modeOf(values.mode), protocol, json, status }
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

/** The parts of an input: dumps, connections, or just one. */
function partsOf ({ bytes, total }: Input, format: InputFormat): { parts: Part[], format: string } {
  const decoded = decodeInput(bytes, format)
  if (decoded.format === 'raw') return { parts: [{ name: undefined, bytes, total }], format: 'raw' }
  if (bytes.length < total) throw new Complaint(2, 'this is text, and too much of it: more than 4 MiB')
  const flows = clientFlows(decoded.parts)
  if (flows !== undefined && flows.length === 0) throw new Complaint(2, 'these are packets of a network, and no client sends anything in them; was the capture cut (tcpdump -s 0)?')
  const named = flows ?? decoded.parts.map((part, i) => ({ name: decoded.parts.length > 1 ? `dump ${i + 1}` : undefined, bytes: part }))
  return { parts: named.map(({ name, bytes }) => ({ name, bytes, total: bytes.length })), format: decoded.format }
}

async function run (argv: string[], streams: Streams): Promise<number> {
  const { stdin, stdout } = streams
  const command = readCommand(argv)
  if (command === 'help') {
    await write(stdout, helpOf(PAGE, helpWidth(stdout), painterFor(stdout)))
    return 0
  }
  if ('addresses' in command) return await inspectLive(command, streams, () => pageWidth(stdout))
  const { file, protocol, json } = command
  if (file === undefined && stdin.isTTY) throw new Complaint(2, 'give a FILE, or pipe the bytes in')
  const fromStdin = file === undefined || file === '-'
  const name = fromStdin ? 'standard input' : file
  const { parts, format } = partsOf(await (fromStdin ? readStream(stdin, name) : readFile(file)), command.input)
  const findings = parts.flatMap(part => examinePart(part, protocol))
  const printing = { name: format === 'raw' ? name : `${name} (${format})`, width: pageWidth(stdout), paint: painterFor(stdout) }
  await write(stdout, json ? `${jsonOf(jsonOfFindings(findings, name, format))}\n` : pageOfFindings(findings, printing))
  return findings.every(({ examination }) => examination.verdict === 'accepted') ? 0 : 1
}

/**
 * Runs `gatewire inspect` with the arguments behind that word. Returns the exit code: 0 accepted, or it has listened until it was stopped;
 * 1 refused, incomplete or another protocol, or it cannot listen; 2 wrong usage or unreadable input.
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
