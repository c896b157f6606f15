// uWSGI for the tests of the client: started once for a suite, and addressed as the client wants it. Knows nothing of the applications.
import { afterAll, beforeAll } from 'vitest'
import { type ClientResponse, request, type RequestOptions } from '../../src/client/index.js'
import { startUwsgi, type UwsgiOptions, type UwsgiPeer } from './peers/uwsgi.js'
import { variablesOf } from './messages.js'

export class RunningUwsgi {
  readonly peer: UwsgiPeer

  constructor (peer: UwsgiPeer) {
    this.peer = peer
  }

  /** As `request` of the client takes it. */
  get address (): string {
    const { address } = this.peer
    return 'path' in address ? `unix:${address.path}` : `uwsgi://${address.host}:${address.port}`
  }

  send (options: RequestOptions): Promise<ClientResponse> {
    return request(this.address, { timeout: 30_000, ...options })
  }

  get (target: string, more: Record<string, string> = {}): Promise<ClientResponse> {
    return this.send({ vars: variablesOf('GET', target, more) })
  }

  /** What the application saw of these variables: its own page `/environ` says. */
  async environ (vars: RequestOptions['vars'], content?: string): Promise<Record<string, string>> {
    const response = await this.send({ vars, content })
    if (response.status !== 200) throw new Error(`/environ answered ${response.status}`)
    return JSON.parse(await response.text()) as Record<string, string>
  }
}

/** To be called in a suite: a server for all of its tests. */
export function uwsgiForSuite (options: UwsgiOptions): () => RunningUwsgi {
  let running: RunningUwsgi | undefined
  beforeAll(async () => { running = new RunningUwsgi(await startUwsgi(options)) })
  afterAll(() => running?.peer.stop())
  return () => running!
}
