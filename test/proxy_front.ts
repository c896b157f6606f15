// The HTTP front end of the tests: the handler of gatewire proxy on a server of its own, and what it reports. Knows no uwsgi server.
import type { Server } from '../src/server/index.js'
import type { Failure } from '../src/proxy/failures.js'
import { forward, type ForwardOptions } from '../src/proxy/forward.js'
import type { ErrorMessage, HttpServerOptions } from '../src/server/index.js'
import { published } from './front_end.js'
import { serveHttp } from './http_peer.js'

export interface Front {
  readonly port: number
  readonly server: Server
  /** Why requests had no answer of the application. */
  readonly failures: readonly Failure[]
  /** Errors of the server: a bug, or a response that was cut. */
  readonly errors: readonly ErrorMessage[]
}

export async function startFront (to: string, options: Partial<ForwardOptions> = {}, serving: Partial<HttpServerOptions> = {}): Promise<Front> {
  const failures: Failure[] = []
  const handler = forward({
    to, timeout: 5000, maxBuffered: 65_536, modifier1: 0, isTrusted: () => false, onFailure: (_, failure) => failures.push(failure), ...options
  })
  return { ...await serveHttp(handler, serving), failures, errors: published<ErrorMessage>('gatewire:error') }
}
