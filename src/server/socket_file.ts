// The file of a unix socket: who may connect, and the file of a server that is gone out of the way. Knows no listener.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { ServerError } from './errors.js'

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
export async function removeStale (file: string): Promise<void> {
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
export function withMode<T> (mode: number | undefined, bind: () => T): T {
  // Worker threads cannot change the umask, which belongs to the process; there, setMode follows.
  if (mode === undefined || !isMainThread) return bind()
  const before = process.umask(PERMISSIONS & ~mode)
  try {
    return bind()
  } finally {
    process.umask(before)
  }
}

export function setMode (file: string, mode: number | undefined): void {
  if (mode !== undefined) chmodSync(file, mode)
}

/** The file of a socket that listens, to remove it and no other. */
export class SocketFile {
  readonly #path: string
  readonly #identity: string

  /** To be called when the socket has just been bound, and so has made the file. */
  constructor (file: string) {
    this.#path = path.resolve(file) // which does not change with the working directory
    this.#identity = identityOf(this.#path)
  }

  /** To be called before the socket is closed: until then no other file can have its number. Never throws. */
  remove (): void {
    try {
      if (identityOf(this.#path) === this.#identity) unlinkSync(this.#path)
    } catch {} // then somebody else has to remove it, or has done so
  }
}

function identityOf (file: string): string {
  const { dev, ino } = lstatSync(file)
  return `${dev}:${ino}`
}
