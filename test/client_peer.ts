// Raw servers for the tests of gatewire/client. Each is closed after its test, which waits for its connections: one that the client
// forgets makes the test fail.
import { mkdtempSync, rmSync } from 'node:fs'
import net, { type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ClientResponse, request, type RequestOptions } from '../src/client/index.js'
import { decodeUwsgi } from '../src/index.js'

/** An answer and two sets of variables that many tests are content with. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
export const GET: Record<string, string> = { REQUEST_METHOD: 'GET', PATH_INFO: '/' }
export const POST: Record<string, string> = { REQUEST_METHOD: 'POST', PATH_INFO: '/' }
const cleanups: Array<() => unknown> = []

/** Closes what the test has opened. For `afterEach`. */
export async function closeAll (): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

/** Something to be done when the test is over. */
export function afterwards (cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

export function folder (): string {
  const made = mkdtempSync(path.join(tmpdir(), 'gatewire-client-'))
  cleanups.push(() => rmSync(made, { recursive: true }))
  return made
}

/** A server on a port of its own, or on a unix socket. */
export async function serve (onconnection: (socket: Socket) => unknown, socketPath?: string, allowHalfOpen = false): Promise<string> {
  const sockets: Socket[] = []
  const server = net.createServer({ noDelay: true, allowHalfOpen }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    onconnection(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath ?? { port: 0, host: '127.0.0.1' }, resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.resume().end() // or it would not notice that the client has gone
    return new Promise(resolve => { server.close(resolve) })
  })
  return socketPath === undefined ? `uwsgi://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${socketPath}`
}

export type Answer = string | Uint8Array | ((socket: Socket, received: Buffer) => unknown)

/** Answers once the whole request has come; what came is kept in the order of arrival. */
export function answering (answer: Answer, seen: Buffer[] = []): (socket: Socket) => void {
  return socket => {
    let answered = false
    socket.on('data', chunk => {
      seen.push(chunk)
      if (answered) return
      const received = Buffer.concat(seen)
      const head = decodeUwsgi(received, { limits: { maxVars: 13107 } })
      if (head === null || received.length < head.byteLength + (head.framing.kind === 'length' ? head.framing.length : 0)) return
      answered = true
      if (typeof answer === 'function') answer(socket, received)
      else socket.end(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer)
    })
  }
}

/** What a promise rejects with. */
export async function failure (promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('no error')
}

/** A request to a server that gives this answer. */
export async function call (answer: Answer, options: Partial<RequestOptions> = {}): Promise<ClientResponse> {
  return await request(await serve(answering(answer)), { vars: GET, ...options })
}
