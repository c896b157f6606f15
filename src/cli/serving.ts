// What all commands do that run servers: options about listening, what is reported, and the end by a signal. Knows no handler.
import { subscribe } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import type { ErrorMessage, RefusedMessage, Server } from '../server/index.js'
import { listenHint } from './address_hints.js'
import { type CommandPage, numberOf } from './command_line.js'
import { Complaint, complaintText } from './complaint.js'
import { helpOf, helpWidth } from './help_page.js'
import { recognise } from './hints.js'
import { painterFor } from './paint.js'

/** The options that all of these commands have. */
export const SERVING_OPTIONS = {
  mode: { type: 'string', value: 'MODE', text: 'Permissions of the unix sockets, octal: 660 lets the group in. Default: as the umask has it.' },
  allow: {
    type: 'string',
    value: 'ADDRESS',
    multiple: true,
    text: 'An address or network (192.0.2.0/24) that may connect over TCP; others are closed at once. Default: everybody who reaches the port.'
  },
  drain: { type: 'string', value: 'SECONDS', text: 'How long requests may take to finish after SIGINT or SIGTERM, 0 to 999999. Default: 30.' }
} as const

/** What becomes of the exit code of a server. */
export const SERVING_EXIT_CODES: Readonly<Record<0 | 2, string>> = {
  0: 'Stopped by SIGINT or SIGTERM; all requests have finished or were given up.',
  2: 'The command line is wrong. Nothing was started.'
}

export interface ServingValues {
  readonly mode?: string | undefined
  readonly allow?: string[] | undefined
  readonly drain?: string | undefined
}

/** How a server listens and ends. */
export interface ServingSettings {
  readonly mode: number | undefined
  /** For createServer. */
  readonly options: { allow?: string[], drainTimeout?: number }
}

/** The most seconds that an option may have: what fits a timer. */
export const MAX_SECONDS = 999_999

/** Permissions of a unix socket, from --mode. */
export function modeOf (mode: string | undefined): number | undefined {
  if (mode !== undefined && !/^0?[0-7]{3}$/.test(mode)) throw new Complaint(2, '--mode has to be three octal digits, such as 660')
  return mode === undefined ? undefined : parseInt(mode, 8)
}

export function servingSettings ({ mode, allow, drain }: ServingValues): ServingSettings {
  const seconds = numberOf(drain, 'drain', 'a number of seconds', MAX_SECONDS)
  return {
    mode: modeOf(mode),
    options: { ...(allow !== undefined && { allow }), ...(seconds !== undefined && { drainTimeout: Math.max(1, 1000 * seconds) }) }
  }
}

/** Why the system does not let somebody listen there. */
function permissionHint (address: string): string {
  if (address.startsWith('unix:')) return 'whoever starts this has to be allowed to write to the folder of the socket'
  return 'ports below 1024 need root, or CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=); take one above, such as 8080'
}

/** What to do about an address that could not be had. */
export function addressComplaint (address: string, option: string, error: unknown): Complaint {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ERR_SERVER_ADDRESS_IN_USE': {
      const who = address.startsWith('unix:') ? `fuser ${address.slice('unix:'.length)}` : 'ss -ltnp'
      return new Complaint(1, `${message}; stop that server (${who} tells who it is), or choose another address with --${option}`)
    }
    case 'ERR_SERVER_NOT_A_SOCKET': return new Complaint(1, message)
    case 'ERR_INVALID_ADDRESS': return new Complaint(2, `--${option}: ${message}${listenHint(address, option)}`)
    case 'EACCES': return new Complaint(1, `no permission to listen on ${address}: ${permissionHint(address)}`)
    case 'ENOENT': return new Complaint(1, `${message}; make it first`)
    case 'EADDRNOTAVAIL': return new Complaint(1, `${address} is no address of this machine; 0.0.0.0 stands for all that it has`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return new Complaint(1, `the host of ${address} is unknown; 127.0.0.1 is this machine, 0.0.0.0 all addresses that it has`)
    default: return new Complaint(1, `cannot listen on ${address}: ${message}`, error)
  }
}

/** One end of a TCP connection. */
export function hostAndPort (address: string, port: number | undefined): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** An address that is listened on, as one connects to it. */
export function boundAddress (bound: AddressInfo | string | null): string {
  if (bound === null || typeof bound === 'string') return `unix:${bound ?? ''}`
  return hostAndPort(bound.address, bound.port)
}

/** The same for people: for HTTP over TCP it is a URL. */
function written (bound: AddressInfo | string | null, protocol: 'uwsgi' | 'http'): string {
  const address = boundAddress(bound)
  return protocol === 'http' && !address.startsWith('unix:') ? `http://${address}/` : address
}

/** Listens on all addresses, says so on stdout, or closes the server and complains. `option`: the protocol, and what gave the addresses. */
export async function listenOn (server: Server, option: 'uwsgi' | 'http', addresses: readonly string[], mode: number | undefined): Promise<void> {
  for (const address of addresses) {
    let bound
    try {
      bound = await server.listen(address, mode === undefined ? {} : { mode })
    } catch (error) {
      await server.close()
      throw addressComplaint(address, option, error)
    }
    process.stdout.write(`gatewire: ${option} on ${written(bound, option)}\n`)
  }
}

/** A peer for the log. */
export function peerName (remoteAddress: string | undefined): string {
  return remoteAddress === undefined || remoteAddress === '' ? 'a unix socket' : remoteAddress
}

/** Why nobody can connect. */
function listeningFailure (error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const hint = code === 'EMFILE' || code === 'ENFILE' ? ': too many files are open; raise the limit (ulimit -n), or close what nobody needs' : ''
  return `connections cannot be accepted: ${message}${hint}`
}

/** Reports to stderr what would otherwise be known to subscribers only. `explain`: an error in one line, or undefined for its stack. */
export function report (explain: (message: ErrorMessage) => string | undefined = () => undefined): void {
  subscribe('gatewire:error', message => {
    const { request, error, cut } = message as ErrorMessage
    const text = error instanceof Error ? error.stack ?? error.message : String(error)
    const line = request === undefined ? listeningFailure(error)
      : explain(message as ErrorMessage) ?? `${cut ? 'a response was cut' : 'the handler failed'}: ${text}`
    process.stderr.write(`gatewire: ${line}\n`)
  })
  subscribe('gatewire:refused', message => {
    const { error, remoteAddress, server, firstBytes } = message as RefusedMessage
    if (error.code === 'ERR_SERVER_PEER_CLOSED') return // somebody has closed a browser tab
    const hint = firstBytes === undefined ? undefined : recognise(firstBytes, (server as Server).protocol)
    const explanation = hint === undefined ? '' : `: ${hint.message}`
    process.stderr.write(`gatewire: from ${peerName(remoteAddress)}: ${error.code}: ${error.message}${explanation}\n`)
  })
}

/** Resolves with the exit code when all servers have been stopped by a signal. */
export function untilStopped (servers: readonly Server[]): Promise<number> {
  return new Promise(resolve => {
    let stopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(1)
      stopping = true
      process.stderr.write(`gatewire: ${signal}: letting requests finish; once more to stop at once\n`)
      void Promise.all(servers.map(server => server.close())).then(() => resolve(0))
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

/**
 * Runs a command until a signal stops its servers, and ends the process: what else keeps it alive, such as a module that was loaded, must
 * not. `start` gives undefined when only help was asked for; then, and only then, this resolves, with the exit code.
 */
export async function runServers (page: CommandPage, start: () => Promise<readonly Server[] | undefined>): Promise<number> {
  // Whoever reads the log may go: that is no reason to serve nobody any more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const servers = await start()
    if (servers !== undefined) process.exit(await untilStopped(servers))
    process.stdout.write(helpOf(page, helpWidth(process.stdout), painterFor(process.stdout)))
    return 0
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    process.stderr.write(complaintText(error, page.name))
    process.exit(error.exitCode)
  }
}
