// Listening: node:net servers, and what unix sockets need besides: a mode, and the file of a server that is gone out of the way.
// Knows no protocol.
import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { ListenTarget } from './address.js'
import { ServerError } from './errors.js'

/** Connections waiting to be accepted; the system may bound it further (Linux: net.core.somaxconn). */
const BACKLOG = 1024
const PERMISSIONS = 0o777

/** Whether somebody accepts on a unix socket. Anything but a clear no counts as yes. */
function isLive (file: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(file)
    socket.on('connect', () => { resolve(true); socket.destroy() })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'))
  })
}

/** Removes the socket file of a server that is gone, and nothing else. Throws ServerError when something else is there. */
async function removeStale (file: string): Promise<void> {
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new ServerError('ERR_SERVER_NOT_A_SOCKET', `${file} exists and is not a socket; remove it, or listen elsewhere`)
  }
  if (await isLive(file)) throw new ServerError('ERR_SERVER_ADDRESS_IN_USE', `${file} is in use: a server accepts connections there`)
  // Somebody may have replaced it while we were asking.
  const now = lstatSync(file, { throwIfNoEntry: false })
  if (now !== undefined && now.ino === found.ino && now.dev === found.dev && now.ctimeMs === found.ctimeMs) unlinkSync(file)
}

/** Calls what binds a socket so that the file has its mode from the beginning: nobody can connect in between. */
function withMode (mode: number | undefined, bind: () => void): void {
  // Worker threads cannot change the umask, which belongs to the process; there, chmod follows.
  if (mode === undefined || !isMainThread) return bind()
  const before = process.umask(PERMISSIONS & ~mode)
  try {
    bind()
  } finally {
    process.umask(before)
  }
}

export type Accept = (socket: Socket, tcp: boolean) => void

export interface ListenerOptions {
  /** Permissions of a unix socket, else the umask decides. */
  readonly mode: number | undefined
  /** Whether sockets are handed over without a byte of them being read. */
  readonly pauseOnConnect: boolean
}

/** Starts to listen. The socket file is removed when the listener closes. */
export async function startListener (target: ListenTarget, { mode, pauseOnConnect }: ListenerOptions, accept: Accept): Promise<Server> {
  if ('path' in target) await removeStale(target.path)
  let tcp = false
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect }, socket => accept(socket, tcp))
  await new Promise<void>((resolve, reject) => {
    listener.once('error', error => reject(explained(error, target)))
    listener.once('listening', () => {
      tcp = isTcp(listener.address())
      resolve()
    })
    withMode('path' in target ? mode : undefined, () => listener.listen({ ...target, backlog: BACKLOG }))
  })
  listener.removeAllListeners('error')
  if ('path' in target && mode !== undefined) {
    try {
      chmodSync(target.path, mode)
    } catch (error) {
      listener.close()
      throw error
    }
  }
  return listener
}

function isTcp (address: AddressInfo | string | null): boolean {
  return typeof address === 'object' && address !== null
}

/** The error of the system, with what it means here. */
function explained (error: NodeJS.ErrnoException, target: ListenTarget): Error {
  if (error.code === 'EADDRINUSE' && 'port' in target) {
    const message = `${target.host}:${target.port} is in use: another server listens there`
    return Object.assign(new ServerError('ERR_SERVER_ADDRESS_IN_USE', message), { cause: error })
  }
  // libuv says EACCES for a missing folder too.
  if (error.code === 'EACCES' && 'path' in target && !existsSync(path.dirname(target.path))) {
    return Object.assign(new Error(`the folder of ${target.path} does not exist`, { cause: error }), { code: 'ENOENT' })
  }
  return error
}
