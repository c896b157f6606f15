// The gatewire command as a peer: a process of its own, from the built package. Knows its command line, and nothing about who calls it or
// what stands behind it.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtEntry } from '../../built.js'
import { formatAddress, LOOPBACK, withFreePort, type Address } from './address.js'
import { startPeer, temporaryFolder, type HttpPeer } from './process.js'

/** `gatewire proxy` in front of a uwsgi server. */
export function startProxy (to: Address, ...more: readonly string[]): Promise<HttpPeer> {
  const upstream = 'path' in to ? formatAddress(to) : `uwsgi://${formatAddress(to)}`
  return startCommand('proxy', ['--to', upstream, ...more])
}

/** `gatewire serve --http` with a module beside the tests. */
export function startServe (module: URL, ...more: readonly string[]): Promise<HttpPeer> {
  return startCommand('serve', [fileURLToPath(module), ...more])
}

/** `gatewire inspect --listen`, whose log has what it prints. */
export function startInspect (...more: readonly string[]): Promise<HttpPeer> {
  return startCommand('inspect', more)
}

/** What a command finds around it. */
export interface CommandSurroundings {
  /** Instead of the environment of this process. */
  readonly env?: NodeJS.ProcessEnv
  /** The most descriptors that it may have, as `ulimit -n` says it. */
  readonly files?: number
}

/** How a subcommand is told where to listen. */
const LISTEN = { proxy: '--http', serve: '--http', inspect: '--listen' } as const

/** A subcommand that listens for HTTP, with these arguments besides. */
export function startCommand (command: keyof typeof LISTEN, args: readonly string[], { env, files }: CommandSurroundings = {}): Promise<HttpPeer> {
  return withFreePort(async port => {
    const folder = await temporaryFolder(command)
    const line = [
      ...files === undefined ? [] : ['prlimit', `--nofile=${files}`],
      process.execPath, path.join(path.dirname(fileURLToPath(builtEntry())), 'cli/main.js'), command, LISTEN[command], `${LOOPBACK}:${port}`, ...args
    ] as [string, ...string[]]
    const peer = await startPeer({
      name: `gatewire ${command}`,
      version: 'built',
      program: line[0],
      args: line.slice(1),
      folder,
      ...(env !== undefined && { env }),
      address: { host: LOOPBACK, port },
      ready: /^gatewire(?: inspect)?: .*(?:http|HTTP) on /m
    })
    return Object.assign(peer, { port, url: `http://${LOOPBACK}:${port}` })
  })
}
