// gatewire serve: loads a module, serves its handler until a signal comes, and explains what went wrong when it did not get that far.
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer, type ErrorMessage, type Handler, type RefusedMessage, type Server, type ServerOptions } from '../server/index.js'

const DEFAULT_ADDRESS = '127.0.0.1:3031'
const HELP = `Usage: gatewire serve <module> [options]

Runs a module whose default export is a handler: (request) => ({ status: 200, headers: {}, body: 'hello' }).

Options:
  --uwsgi ADDRESS   where to listen for uwsgi: 3031, 127.0.0.1:3031, [::1]:3031 or unix:/run/app.sock.
                    May be repeated. Default: ${DEFAULT_ADDRESS}
  --mode MODE       permissions of the unix sockets, octal: 660 lets the group in. Default: as the umask has it
  --allow ADDRESS   an address or network (192.0.2.0/24) that may connect over TCP; others are closed at once. May be repeated.
                    Default: everybody who reaches the port; they set REMOTE_ADDR, REMOTE_USER and all other variables
  --drain SECONDS   how long requests may take to finish after SIGINT or SIGTERM. Default: 30
  --help            this text

The first SIGINT or SIGTERM lets running requests finish, the second one does not.
Refused requests and errors of the handler are written to stderr, one line or stack each.

Exit codes: 0 stopped by a signal, all requests finished or given up; 1 the module could not be loaded, or the address not be had, or a
second signal came; 2 the command line is wrong.
`

/** Something the user can put right, with the exit code it has. */
class Complaint extends Error {
  readonly exitCode: 1 | 2

  constructor (exitCode: 1 | 2, message: string, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

interface Command {
  readonly module: string
  readonly addresses: readonly string[]
  readonly mode: number | undefined
  readonly options: ServerOptions
}

function readCommand (argv: string[]): Command | 'help' {
  let parsed
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        uwsgi: { type: 'string', multiple: true },
        mode: { type: 'string' },
        allow: { type: 'string', multiple: true },
        drain: { type: 'string' },
        help: { type: 'boolean' }
      }
    })
  } catch (error) {
    throw new Complaint(2, (error as Error).message)
  }
  const { values, positionals } = parsed
  if (values.help === true) return 'help'
  const [module, ...surplus] = positionals
  if (module === undefined) throw new Complaint(2, 'which module? Name a file whose default export is a handler')
  if (surplus.length > 0) throw new Complaint(2, `one module at a time: ${JSON.stringify(surplus[0])} is too much`)
  if (values.mode !== undefined && !/^0?[0-7]{3}$/.test(values.mode)) {
    throw new Complaint(2, '--mode has to be three octal digits, such as 660')
  }
  if (values.drain !== undefined && !/^\d{1,6}$/.test(values.drain)) throw new Complaint(2, '--drain has to be a number of seconds')
  const options: ServerOptions = { protocol: 'uwsgi' }
  if (values.allow !== undefined) options.allow = values.allow
  if (values.drain !== undefined) options.drainTimeout = Math.max(1, 1000 * Number(values.drain))
  return {
    module,
    addresses: values.uwsgi ?? [DEFAULT_ADDRESS],
    mode: values.mode === undefined ? undefined : parseInt(values.mode, 8),
    options
  }
}

async function loadHandler (module: string): Promise<Handler> {
  const file = path.resolve(module)
  if (!existsSync(file)) throw new Complaint(1, `there is no file ${file}; name the module with its extension, from this folder or in full`)
  if (statSync(file).isDirectory()) throw new Complaint(1, `${file} is a folder; name a file in it`)
  let loaded: { default?: unknown }
  try {
    loaded = await import(pathToFileURL(file).href) as { default?: unknown }
  } catch (error) {
    throw new Complaint(1, `${file} could not be loaded:\n${error instanceof Error ? error.stack ?? error.message : String(error)}`, error)
  }
  if (typeof loaded.default !== 'function') {
    const kind = typeof loaded.default
    const found = kind === 'undefined' ? 'has no default export' : `has a default export that is no function but ${kind}`
    throw new Complaint(1, `${file} ${found}; write: export default (request) => ({ status: 200, body: 'hello' })`)
  }
  return loaded.default as Handler
}

/** What to do about an address that could not be had. */
function addressComplaint (address: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ERR_SERVER_ADDRESS_IN_USE': return new Complaint(1, `${message}; stop that server, or choose another address with --uwsgi`)
    case 'ERR_SERVER_NOT_A_SOCKET': return new Complaint(1, message)
    case 'ERR_INVALID_ADDRESS': return new Complaint(2, `--uwsgi: ${message}`)
    case 'EACCES': return new Complaint(1, `no permission to listen on ${address}; low ports and the folders of others need more rights`)
    case 'ENOENT': return new Complaint(1, `${message}; make it first`)
    case 'EADDRNOTAVAIL': return new Complaint(1, `${address} is no address of this machine`)
    case 'ENOTFOUND': return new Complaint(1, `the host of ${address} is unknown`)
    default: return new Complaint(1, `cannot listen on ${address}: ${message}`, error)
  }
}

/** Reports to stderr what would otherwise be known to subscribers only. */
function report (): void {
  subscribe('gatewire:error', message => {
    const { error, cut } = message as ErrorMessage
    const text = error instanceof Error ? error.stack ?? error.message : String(error)
    process.stderr.write(`gatewire: ${cut ? 'a response was cut' : 'the handler failed'}: ${text}\n`)
  })
  subscribe('gatewire:refused', message => {
    const { error, remoteAddress } = message as RefusedMessage
    if (error.code === 'ERR_SERVER_PEER_CLOSED') return // somebody has closed a browser tab
    const from = remoteAddress === undefined ? 'a unix socket' : remoteAddress
    process.stderr.write(`gatewire: from ${from}: ${error.code}: ${error.message}\n`)
  })
}

async function start (command: Command): Promise<Server> {
  const handler = await loadHandler(command.module)
  let server
  try {
    server = createServer(command.options, handler)
  } catch (error) {
    throw new Complaint(2, (error as Error).message)
  }
  try {
    for (const address of command.addresses) {
      let bound
      try {
        bound = await server.listen(address, command.mode === undefined ? {} : { mode: command.mode })
      } catch (error) {
        throw addressComplaint(address, error)
      }
      process.stdout.write(`gatewire: uwsgi on ${written(bound)}\n`)
    }
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

function written (bound: Awaited<ReturnType<Server['listen']>>): string {
  if (bound === null || typeof bound === 'string') return `unix:${bound ?? ''}`
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`
}

/** Resolves with the exit code when the server has been stopped by a signal. */
function untilStopped (server: Server): Promise<number> {
  return new Promise(resolve => {
    let stopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(1)
      stopping = true
      process.stderr.write(`gatewire: ${signal}: letting requests finish; once more to stop at once\n`)
      void server.close().then(() => resolve(0))
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

/** `gatewire serve`. Resolves with the exit code: 0 after a signal, 1 when it could not serve, 2 when the command line is wrong. */
export async function serve (argv: string[]): Promise<number> {
  try {
    const command = readCommand(argv)
    if (command === 'help') {
      process.stdout.write(HELP)
      return 0
    }
    report()
    const server = await start(command)
    const code = await untilStopped(server)
    process.exit(code) // what the module keeps open must not keep the process
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    const hint = error.exitCode === 2 ? "\n'gatewire serve --help' lists the options" : ''
    process.stderr.write(`gatewire serve: ${error.message}${hint}\n`)
    // A module that was loaded may keep the process alive, without a server.
    process.exit(error.exitCode)
  }
}
