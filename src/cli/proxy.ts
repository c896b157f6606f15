// gatewire proxy: an HTTP front end for a uwsgi server, as a command: its options, its log, and what is wrong with its command line. What
// happens to a request is in src/proxy.
import { parseArgs } from 'node:util'
import { ClientError } from '../client/index.js'
import { ProtocolError } from '../index.js'
import { forward, type ForwardOptions } from '../proxy/forward.js'
import { trust } from '../proxy/trust.js'
import { createServer, type HttpServerOptions, type Server, type ServerRequest } from '../server/index.js'
import { Complaint } from './complaint.js'
import { shortened } from './printable.js'
import { listenOn, MAX_SECONDS, numberOf, peerName, report, runServers, SERVING_OPTIONS, type ServingSettings, servingSettings } from './serving.js'

const TIMEOUT_SECONDS = 60
const MAX_BUFFERED = 1_048_576
const HELP = `Usage: gatewire proxy --http ADDRESS --to ADDRESS [options]

An HTTP front end for a uwsgi server: puts a Flask or Django application under uWSGI on an HTTP port.

Options:
  --http ADDRESS       where to listen for HTTP: 8080 (on 127.0.0.1), 0.0.0.0:8080, [::1]:8080 or unix:/run/http.sock. May be repeated
  --to ADDRESS         the uwsgi server: uwsgi://127.0.0.1:3031, uwsgi://[::1]:3031 or unix:/run/app.sock
  --timeout SECONDS    how long the application may let the client wait without a byte. Default: ${TIMEOUT_SECONDS}. Beyond: 504
  --max-content BYTES  largest content of a request. Default: what the application takes. Beyond: 413
  --max-buffered BYTES largest content without a length (chunked), which is held in memory. Default: ${MAX_BUFFERED}. Beyond: 413
  --mount PATH         where the application is mounted, such as /app: its SCRIPT_NAME. Other paths: 404
  --trust ADDRESS      an address or network (192.0.2.0/24) whose X-Forwarded-For, Forwarded and so on are kept; 'unix' for those who come
                       over a unix socket. May be repeated. Default: nobody, these fields are removed and set anew
  --modifier1 NUMBER   kind of application, as uWSGI numbers its plugins. Default: 0, Python
  --mode MODE          permissions of the unix sockets it listens on, octal: 660 lets the group in. Default: as the umask has it
  --allow ADDRESS      an address or network that may connect over TCP; others are closed at once. May be repeated. Default: everybody
  --drain SECONDS      how long requests may take to finish after SIGINT or SIGTERM. Default: 30
  --help               this text

The first SIGINT or SIGTERM lets running requests finish, the second one does not.
Refused requests, and why there was no answer of the application (502, 504), are written to stderr, one line each.

Exit codes: 0 stopped by a signal, all requests finished or given up; 1 the address could not be had, or a second signal came; 2 the
command line is wrong.
`

interface Command {
  readonly addresses: readonly string[]
  readonly serving: ServingSettings
  readonly http: Pick<HttpServerOptions, 'mount' | 'limits'>
  readonly forwarding: Omit<ForwardOptions, 'onFailure'>
}

/** What the caller of a library would be told, said to whoever wrote a command line. */
function checked<T> (check: () => T, prefix: string = ''): T {
  try {
    return check()
  } catch (error) {
    throw new Complaint(2, prefix + (error as Error).message)
  }
}

function readCommand (argv: string[]): Command | 'help' {
  let parsed
  try {
    parsed = parseArgs({
      args: argv,
      options: {
        http: { type: 'string', multiple: true },
        to: { type: 'string' },
        timeout: { type: 'string' },
        'max-content': { type: 'string' },
        'max-buffered': { type: 'string' },
        mount: { type: 'string' },
        trust: { type: 'string', multiple: true },
        modifier1: { type: 'string' },
        ...SERVING_OPTIONS
      }
    })
  } catch (error) {
    throw new Complaint(2, (error as Error).message)
  }
  const { values } = parsed
  if (values.help === true) return 'help'
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
  }), '--to: ')
  const server = checked(() => createServer({ protocol: 'http', ...http, ...serving.options }, handler))
  report(({ request, error }) => explained(request, error))
  await listenOn(server, 'http', addresses, serving.mode)
  return [server]
}

/** `gatewire proxy`. Exit code 0 after a signal, 1 when it could not serve, 2 when the command line is wrong. */
export function proxy (argv: string[]): Promise<number> {
  return runServers('proxy', HELP, async () => {
    const command = readCommand(argv)
    return command === 'help' ? undefined : await start(command)
  })
}
