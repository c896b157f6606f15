// gatewire serve: loads a module, serves its handler until a signal comes, and explains what went wrong when it did not get that far.
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer, type Handler, type Server } from '../server/index.js'
import { Complaint } from './complaint.js'
import { listenOn, report, runServers, SERVING_OPTIONS, type ServingSettings, servingSettings } from './serving.js'

const DEFAULT_ADDRESS = '127.0.0.1:3031'
const HELP = `Usage: gatewire serve <module> [options]

Runs a module whose default export is a handler: (request) => ({ status: 200, headers: {}, body: 'hello' }).

Options:
  --uwsgi ADDRESS   where to listen for uwsgi: 3031, 127.0.0.1:3031, [::1]:3031 or unix:/run/app.sock.
                    May be repeated. Default: ${DEFAULT_ADDRESS}, unless there is --http
  --http ADDRESS    where to listen for HTTP, in the same ways: 8080 is on 127.0.0.1, 0.0.0.0:8080 for everybody. May be repeated
  --mode MODE       permissions of the unix sockets, octal: 660 lets the group in. Default: as the umask has it
  --allow ADDRESS   an address or network (192.0.2.0/24) that may connect over TCP; others are closed at once. May be repeated.
                    Default: everybody who reaches the port; over uwsgi they set REMOTE_ADDR, REMOTE_USER and all other variables
  --drain SECONDS   how long requests may take to finish after SIGINT or SIGTERM. Default: 30
  --help            this text

The first SIGINT or SIGTERM lets running requests finish, the second one does not.
Refused requests and errors of the handler are written to stderr, one line or stack each.

Exit codes: 0 stopped by a signal, all requests finished or given up; 1 the module could not be loaded, or the address not be had, or a
second signal came; 2 the command line is wrong.
`

type Protocol = 'uwsgi' | 'http'

interface Command {
  readonly module: string
  /** Where to listen, by protocol. */
  readonly addresses: Readonly<Record<Protocol, readonly string[]>>
  readonly serving: ServingSettings
}

function readCommand (argv: string[]): Command | 'help' {
  let parsed
  try {
    const addresses = { type: 'string', multiple: true } as const
    parsed = parseArgs({ args: argv, allowPositionals: true, options: { uwsgi: addresses, http: addresses, ...SERVING_OPTIONS } })
  } catch (error) {
    throw new Complaint(2, (error as Error).message)
  }
  const { values, positionals } = parsed
  if (values.help === true) return 'help'
  const [module, ...surplus] = positionals
  if (module === undefined) throw new Complaint(2, 'which module? Name a file whose default export is a handler')
  if (surplus.length > 0) throw new Complaint(2, `one module at a time: ${JSON.stringify(surplus[0])} is too much`)
  const { http = [], uwsgi = http.length > 0 ? [] : [DEFAULT_ADDRESS] } = values
  return { module, addresses: { uwsgi, http }, serving: servingSettings(values) }
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

async function start ({ module, addresses, serving }: Command): Promise<Server[]> {
  const handler = await loadHandler(module)
  const servers: Server[] = []
  for (const protocol of ['uwsgi', 'http'] as const) {
    if (addresses[protocol].length === 0) continue
    try {
      servers.push(createServer({ protocol, ...serving.options }, handler))
    } catch (error) {
      throw new Complaint(2, (error as Error).message)
    }
  }
  try {
    for (const server of servers) await listenOn(server, server.protocol, addresses[server.protocol], serving.mode)
  } catch (error) {
    await Promise.all(servers.map(server => server.close()))
    throw error
  }
  return servers
}

/** `gatewire serve`. Exit code 0 after a signal, 1 when it could not serve, 2 when the command line is wrong. */
export function serve (argv: string[]): Promise<number> {
  return runServers('serve', HELP, async () => {
    const command = readCommand(argv)
    if (command === 'help') return undefined
    report()
    return await start(command)
  })
}
