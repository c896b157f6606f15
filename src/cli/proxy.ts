// gatewire proxy: an HTTP front end for a uwsgi server, as a command: its options, its log, and what is wrong with its command line. What
// happens to a request is in src/proxy.
import { ClientError } from '../client/index.js'
import { ProtocolError } from '../index.js'
import { forward, type ForwardOptions } from '../proxy/forward.js'
import { trust } from '../proxy/trust.js'
import { createServer, type HttpServerOptions, type Server, type ServerRequest } from '../server/index.js'
import { upstreamHint } from './address_hints.js'
import { type CommandPage, numberOf, readCommandLine } from './command_line.js'
import { Complaint } from './complaint.js'
import { shortened } from './printable.js'
import {
  listenOn, MAX_SECONDS, peerName, report, runServers, SERVING_EXIT_CODES, SERVING_OPTIONS, type ServingSettings, servingSettings
} from './serving.js'

const TIMEOUT_SECONDS = 60
const MAX_BUFFERED = 1_048_576
const OPTIONS = {
  http: { type: 'string', value: 'ADDRESS', multiple: true, text: 'Where to listen for HTTP: 8080 (on 127.0.0.1), 0.0.0.0:8080 (everybody), [::1]:8080 or unix:/run/http.sock. Required.' },
  to: { type: 'string', value: 'ADDRESS', text: 'The uwsgi server: uwsgi://127.0.0.1:3031, uwsgi://[::1]:3031 or unix:/run/app.sock. Required.' },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    text: `How long the application may let the client wait without a byte, 1 to ${MAX_SECONDS}. Beyond: 504. Default: ${TIMEOUT_SECONDS}.`
  },
  'max-content': { type: 'string', value: 'BYTES', text: 'Largest content of a request. Beyond: 413. Default: no limit but that of the application.' },
  'max-buffered': {
    type: 'string',
    value: 'BYTES',
    text: `Largest content without a length (chunked), which is held in memory. Beyond: 413. Default: ${MAX_BUFFERED}.`
  },
  mount: { type: 'string', value: 'PATH', text: 'Where the application is mounted, such as /app: its SCRIPT_NAME. Other paths: 404. Default: everything is its.' },
  trust: {
    type: 'string',
    value: 'ADDRESS',
    multiple: true,
    text: "An address or network (192.0.2.0/24) whose X-Forwarded-For, Forwarded and so on are kept; 'unix' for those who come over a unix socket. " +
      'Default: nobody; these fields are removed and set anew.'
  },
  modifier1: { type: 'string', value: 'NUMBER', text: 'Kind of application, 0 to 255, as uWSGI numbers its plugins. Default: 0, Python.' },
  ...SERVING_OPTIONS
} as const

/** What its help has. */
export const PAGE: CommandPage = {
  name: 'proxy',
  usage: ['gatewire proxy --http ADDRESS --to ADDRESS [options]'],
  about: [
    'An HTTP front end for a uwsgi server: puts a Flask or Django application under uWSGI on an HTTP port.',
    'The first SIGINT or SIGTERM lets running requests finish, the second one does not. Refused requests, and why ' +
      'there was no answer of the application (502, 504), are written to stderr, one line each.'
  ],
  options: OPTIONS,
  exitCodes: { ...SERVING_EXIT_CODES, 1: 'An address could not be had, or a second signal came.' },
  examples: [
    ['gatewire proxy --http 8080 --to uwsgi://127.0.0.1:3031', 'http://127.0.0.1:8080/ for an application under uwsgi --socket 127.0.0.1:3031'],
    ['gatewire proxy --http 0.0.0.0:80 --to unix:/run/app/app.sock', 'the same for everybody, over a unix socket'],
    ['gatewire proxy --http unix:/run/http.sock --mode 660 --trust unix --to unix:/run/app.sock', 'behind nginx, whose X-Forwarded-For counts']
  ]
}

interface Command {
  readonly addresses: readonly string[]
  readonly serving: ServingSettings
  readonly http: Pick<HttpServerOptions, 'mount' | 'limits'>
  readonly forwarding: Omit<ForwardOptions, 'onFailure'>
}

/** What the caller of a library would be told, said to whoever wrote a command line. */
function checked<T> (check: () => T, prefix: string = '', hint: string = ''): T {
  try {
    return check()
  } catch (error) {
    throw new Complaint(2, prefix + (error as Error).message + hint)
  }
}

function readCommand (argv: string[]): Command | 'help' {
  const given = readCommandLine(OPTIONS, argv)
  if (given === 'help') return 'help'
  const { values, positionals: [surplus] } = given
  if (surplus !== undefined) throw new Complaint(2, `what is ${JSON.stringify(surplus)}? It stands behind no option; the application is named by --to, where it listens`)
  const { http, to, mount } = values
  if (http === undefined) throw new Complaint(2, 'where is HTTP to be served? Say --http 8080, for instance')
  if (to === undefined) throw new Complaint(2, 'where is the uwsgi server? Say --to uwsgi://127.0.0.1:3031, or --to unix:/run/app.sock')
  const bytes = (name: 'max-content' | 'max-buffered'): number | undefined =>
    numberOf(values[name], name, 'a number of bytes', Number.MAX_SAFE_INTEGER)
  const maxContentBytes = bytes('max-content')
  const seconds = numberOf(values.timeout, 'timeout', 'a number of seconds', MAX_SECONDS) ?? TIMEOUT_SECONDS
  if (seconds === 0) throw new Complaint(2, '--timeout has to be a number of seconds above 0')
  return {
    addresses: http,
    serving: servingSettings(values),
    http: { ...(mount !== undefined && { mount }), ...(maxContentBytes !== undefined && { limits: { maxContentBytes } }) },
    forwarding: {
      to,
      timeout: 1000 * seconds,
      maxBuffered: bytes('max-buffered') ?? MAX_BUFFERED,
      modifier1: numberOf(values.modifier1, 'modifier1', 'a number from 0 to 255', 255) ?? 0,
      isTrusted: checked(() => trust(values.trust ?? []))
    }
  }
}

/** A request for the log: no query, which may hold secrets, and no byte of the peer as it came. */
function named (request: ServerRequest): string {
  const method = request.get('REQUEST_METHOD') ?? ''
  const path = (request.get('REQUEST_URI') ?? '').split('?', 1)[0]!
  return `from ${peerName(request.get('REMOTE_ADDR'))}: ${shortened(method, 20)} ${shortened(path, 100)}`
}

/** An answer that broke off is the uwsgi server's doing: no stack says more than its error does. */
function explained (request: ServerRequest | undefined, error: unknown): string | undefined {
  if (request === undefined || !(error instanceof ClientError || error instanceof ProtocolError)) return undefined
  return `${named(request)}: the answer was cut: ${error.code}: ${error.message}`
}

async function start ({ addresses, serving, http, forwarding }: Command): Promise<Server[]> {
  const handler = checked(() => forward({
    ...forwarding,
    onFailure: (request, { status, code, message }) => {
      process.stderr.write(`gatewire: ${named(request)}: ${status}: ${code}: ${message}\n`)
    }
  }), '--to: ', upstreamHint(forwarding.to))
  const server = checked(() => createServer({ protocol: 'http', ...http, ...serving.options }, handler))
  report(({ request, error }) => explained(request, error))
  await listenOn(server, 'http', addresses, serving.mode)
  return [server]
}

/** `gatewire proxy`. Exit code 0 after a signal, 1 when it could not serve, 2 when the command line is wrong. */
export function proxy (argv: string[]): Promise<number> {
  return runServers(PAGE, async () => {
    const command = readCommand(argv)
    return command === 'help' ? undefined : await start(command)
  })
}
