// A front end of the tests: raw sockets that send packets and take what comes back. It checks nothing and follows no protocol.
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import { encodeUwsgi } from '../src/index.js'
import { createServer, type Handler, type Server, type ServerOptions } from '../src/server/index.js'

/** A packet as nginx would send it, with what a test is about. */
export function packet (vars: Record<string, string | undefined> = {}, modifier1 = 0): Buffer {
  const base = { QUERY_STRING: '', REQUEST_METHOD: 'GET', CONTENT_LENGTH: '', PATH_INFO: '/', SERVER_PROTOCOL: 'HTTP/1.1' }
  return encodeUwsgi(base, { modifier1, set: vars })
}

/** A POST with its content. `announced`: what CONTENT_LENGTH says, when it is not the truth. */
export function post (content: string | Uint8Array, announced?: number): Buffer {
  const bytes = Buffer.from(content as Uint8Array)
  return Buffer.concat([packet({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(announced ?? bytes.length) }), bytes])
}

/** A server on a free port of 127.0.0.1 that is closed after the test. */
export async function serve (handler: Handler, options: Partial<ServerOptions> = {}): Promise<{ server: Server, port: number }> {
  const server = createServer({ protocol: 'uwsgi', drainTimeout: 200, ...options }, handler)
  onTestFinished(() => server.close())
  const address = await server.listen(0) as AddressInfo
  return { server, port: address.port }
}

/** An empty folder that is removed after the test. */
export function folder (): string {
  const name = mkdtempSync(path.join(tmpdir(), 'gatewire-'))
  onTestFinished(() => rmSync(name, { recursive: true }))
  return name
}

/** One connection to a server. */
export class FrontEnd {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  /** How it ended: undefined until then. */
  ending: 'end' | 'reset' | undefined
  readonly ended: Promise<'end' | 'reset'>
  readonly connected: Promise<void>

  constructor (to: number | string) {
    this.socket = typeof to === 'number' ? connect({ port: to, host: '127.0.0.1', allowHalfOpen: true }) : connect({ path: to, allowHalfOpen: true })
    onTestFinished(() => { this.socket.destroy() })
    this.connected = new Promise(resolve => { this.socket.once('connect', () => resolve()) })
    this.ended = new Promise(resolve => {
      const end = (ending: 'end' | 'reset'): void => resolve((this.ending ??= ending))
      this.socket.on('end', () => end('end'))
      this.socket.on('error', () => end('reset'))
      this.socket.on('close', () => end('end'))
    })
    this.socket.on('data', chunk => this.#chunks.push(chunk))
  }

  get received (): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  send (bytes: Uint8Array | string): this {
    this.socket.write(bytes)
    return this
  }

  /** All that the server sends until it closes. */
  async response (): Promise<string> {
    await this.ended
    this.socket.end()
    return this.received
  }
}

/** Sends bytes and gets all that the server answers. */
export function ask (to: number | string, bytes: Uint8Array): Promise<string> {
  return new FrontEnd(to).send(bytes).response()
}

export function statusOf (response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1])
}

export function bodyOf (response: string): string {
  return response.slice(response.indexOf('\r\n\r\n') + 4)
}

/** What is published on a channel from now on, until the test is finished. */
export function published<T> (name: string): T[] {
  const messages: T[] = []
  const listen = (message: unknown): void => { messages.push(message as T) }
  subscribe(name, listen)
  onTestFinished(() => { unsubscribe(name, listen) })
  return messages
}

/** Waits until something is true, which the test's own time-out bounds. */
export async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}
