// Listening: on native sockets where there are any, else on those of node:net. Knows no protocol.
import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ThreadSockets, threadSockets } from '../sockets/index.js'
import { isTcp, type ListenTarget } from './address.js'
import { ServerError } from './errors.js'
import { NativeListener } from './native_listener.js'
import { removeStale, setMode, SocketFile, withMode } from './socket_file.js'
import { SocketTransport } from './socket_transport.js'
import { systemError } from './system_error.js'
import type { Transport } from './transport.js'

/** Connections waiting to be accepted; the system may bound it further (Linux: net.core.somaxconn). */
const BACKLOG = 1024

/** Something that listens, until it is closed. */
export interface Listener {
  /** As of node:net. */
  address: () => AddressInfo | string | null
  /** Takes what waits to be accepted, for whom the system has made a connection already; then nothing more. Removes the file of a unix socket. */
  close: () => Promise<void>
  /** Whether the process lives on for it. */
  ref: () => void
  unref: () => void
}

/** Who gets what a listener accepts. */
export interface Acceptor {
  accept: (transport: Transport, tcp: boolean) => void
  /** Something failed while listening, which goes on. */
  failed: (error: Error) => void
}

/** Starts to listen. `mode`: permissions of a unix socket, else the umask decides. */
export async function startListener (target: ListenTarget, mode: number | undefined, acceptor: Acceptor): Promise<Listener> {
  const native = nativeSockets()
  if (!('path' in target)) return await listenByNet(target, mode, native, acceptor)
  await removeStale(target.path)
  if (native !== undefined) return listenOnFile(target.path, mode, native, acceptor)
  const listener = await listenByNet(target, mode, undefined, acceptor)
  try {
    setMode(target.path, mode)
    return listener
  } catch (error) {
    void listener.close()
    throw error
  }
}

/** Workers of a cluster get their connections from the primary, through node:net. `GATEWIRE_TRANSPORT` forces one or the other. */
function nativeSockets (): ThreadSockets | undefined {
  const wanted = process.env['GATEWIRE_TRANSPORT'] ?? ''
  if (!['', 'native', 'net'].includes(wanted)) throw new Error(`GATEWIRE_TRANSPORT=${wanted}: there are 'native' and 'net'`)
  const found = wanted === 'net' || cluster.isWorker ? undefined : threadSockets()
  if (wanted === 'native' && found === undefined) {
    throw new Error(`GATEWIRE_TRANSPORT=native: only 'net' is there ${cluster.isWorker ? 'in a worker of a cluster' : 'in this process'}`)
  }
  return found
}

/**
 * node:net binds, which knows about names of hosts and the descriptors of others. Then native sockets take over, unless there are none, or
 * the descriptor is not to be had.
 */
async function listenByNet (target: ListenTarget, mode: number | undefined, native: ThreadSockets | undefined, acceptor: Acceptor): Promise<Listener> {
  let tcp = false
  let accepted = 0
  const server = createServer({ allowHalfOpen: true }, socket => {
    accepted++
    acceptor.accept(new SocketTransport(socket, tcp), tcp)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(explained(error, target)))
    server.once('listening', () => {
      tcp = isTcp(server.address())
      resolve()
    })
    withMode(mode, () => server.listen({ ...target, backlog: BACKLOG }))
  })
  server.removeAllListeners('error')
  server.on('error', error => acceptor.failed(error))
  return (native && takenOver(server, native, acceptor)) ?? {
    address: () => server.address(),
    ref: () => { server.ref() },
    unref: () => { server.unref() },
    async close () {
      await untilStill(() => accepted)
      server.close()
    }
  }
}

/** node:net accepts one connection in each turn of the event loop, so nobody waits any more when a turn has brought none. */
async function untilStill (accepted: () => number): Promise<void> {
  for (let turns = 0, seen = -1; seen !== accepted() && turns < BACKLOG; turns++) {
    seen = accepted()
    await nextTurn()
    await nextTurn() // the first one may have been the rest of a turn
  }
}

function takenOver (server: Server, native: ThreadSockets, acceptor: Acceptor): Listener | undefined {
  const descriptor = (server as { _handle?: { fd?: unknown } })._handle?.fd
  const number = typeof descriptor === 'number' && descriptor >= 0 ? native.calls.adoptListener(descriptor) : -1
  if (number < 0) return undefined
  try {
    return new NativeListener(native, number, server.address(), undefined, acceptor)
  } finally {
    server.close() // its own descriptor; the other one goes on listening
  }
}

function listenOnFile (file: string, mode: number | undefined, native: ThreadSockets, acceptor: Acceptor): Listener {
  const number = native.calls.listenUnix(file, BACKLOG, mode ?? -1)
  if (number < 0) throw explained(systemError(number, 'listen', file), { path: file })
  return new NativeListener(native, number, file, new SocketFile(file), acceptor)
}

/** The error of the system, with what it means here. */
function explained (error: NodeJS.ErrnoException, target: ListenTarget): Error {
  if (error.code === 'EADDRINUSE' && 'port' in target) {
    const message = `${target.host}:${target.port} is in use: another server listens there`
    return Object.assign(new ServerError('ERR_SERVER_ADDRESS_IN_USE', message), { cause: error })
  }
  // libuv says EACCES for a missing folder too.
  if ((error.code === 'EACCES' || error.code === 'ENOENT') && 'path' in target && !existsSync(path.dirname(target.path))) {
    return Object.assign(new Error(`the folder of ${target.path} does not exist`, { cause: error }), { code: 'ENOENT' })
  }
  return error
}
