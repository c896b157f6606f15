// The JavaScript application behind the front ends of these tests: a gatewire server whose handlers are chosen by path. It notes what the
// server publishes, and knows nothing about front ends or about what is expected of them.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import {
  createServer, type ErrorMessage, type Handler, type RefusedMessage, type RequestMessage, type Server, type ServerOptions,
  type ServerRequest
} from '../../src/server/index.js'
import { withFreePort } from './peers/address.js'
import { temporaryFolder } from './peers/process.js'

export type Listen = 'tcp' | 'unix'

const HANDLERS: ReadonlyArray<readonly [path: string, handler: Handler]> = [
  ['/hello', () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'hello' })],
  ['/environ', request => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request.environ) })],
  ['/echo', async request => ({ status: 200, body: await request.bytes() })]
]

/** Longer than a test needs between the end of a server and the end of its requests. */
const DRAIN_MS = 30_000

export class Application {
  /** As front ends are told. It stays the same when the server is started again. */
  readonly upstream: string
  /** Codes of the requests and connections that were refused, or whose peer went. */
  readonly refused: string[] = []
  /** What handlers threw, and what was wrong with their responses. */
  readonly errors: unknown[] = []
  /** Requests that reached a handler. */
  readonly requests: ServerRequest[] = []
  readonly #handlers = new Map<string, Handler>(HANDLERS)
  #fallback: Handler = () => ({ status: 404, body: 'no such path' })
  readonly #options: Partial<ServerOptions>
  readonly #folder: string | undefined
  #server: Server

  private constructor (server: Server, upstream: string, folder: string | undefined, options: Partial<ServerOptions>) {
    this.#server = server
    this.upstream = upstream
    this.#folder = folder
    this.#options = options
    subscribe('gatewire:refused', this.#onRefused)
    subscribe('gatewire:error', this.#onError)
    subscribe('gatewire:request', this.#onRequest)
  }

  static async start (listen: Listen, options: Partial<ServerOptions> = {}): Promise<Application> {
    const folder = listen === 'unix' ? await temporaryFolder('application') : undefined
    const socket = folder === undefined ? undefined : path.join(folder, 'app.sock')
    const handler: Handler = request => application.#handle(request)
    const server = createServer({ protocol: 'uwsgi', drainTimeout: DRAIN_MS, ...options }, handler)
    // The workers of a front end may be another user. A port is not taken from the system's own range: while this server is replaced by
    // another one on the same address, some other test could be given it.
    const address = socket === undefined
      ? await withFreePort(port => server.listen(port))
      : await server.listen(`unix:${socket}`, { mode: 0o666 })
    const upstream = socket === undefined ? `127.0.0.1:${(address as AddressInfo).port}` : `unix:${socket}`
    const application = new Application(server, upstream, folder, options)
    return application
  }

  /** Answers requests for a path from now on. */
  answer (pathInfo: string, handler: Handler): this {
    this.#handlers.set(pathInfo, handler)
    return this
  }

  /** Answers all requests from now on, the paths that have handlers too. */
  otherwise (handler: Handler): this {
    this.#handlers.clear()
    this.#fallback = handler
    return this
  }

  /** Ends the server as one that is replaced: it drains. */
  stop (): Promise<void> {
    return this.#server.close()
  }

  /** Another server on the same address. */
  async startAgain (): Promise<void> {
    this.#server = createServer({ protocol: 'uwsgi', drainTimeout: DRAIN_MS, ...this.#options }, request => this.#handle(request))
    await this.#server.listen(this.upstream, { mode: 0o666 })
  }

  async close (): Promise<void> {
    await this.#server.close()
    unsubscribe('gatewire:refused', this.#onRefused)
    unsubscribe('gatewire:error', this.#onError)
    unsubscribe('gatewire:request', this.#onRequest)
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true })
  }

  #handle: Handler = request => {
    const handler = this.#handlers.get(request.get('PATH_INFO') ?? '')
    return (handler ?? this.#fallback)(request)
  }

  readonly #onRefused = (message: unknown): void => {
    const { server, error } = message as RefusedMessage
    if (server === this.#server) this.refused.push(error.code)
  }

  readonly #onError = (message: unknown): void => {
    const { server, error } = message as ErrorMessage
    if (server === this.#server) this.errors.push(error)
  }

  readonly #onRequest = (message: unknown): void => {
    const { server, request } = message as RequestMessage
    if (server === this.#server) this.requests.push(request)
  }
}
