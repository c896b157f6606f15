// One handler behind two servers: over HTTP, and over uwsgi behind nginx. What it makes of the same bytes by either way. Knows nothing of what may
// differ.
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createServer, type Handler } from '../../src/server/index.js'
import { exchange } from './http.js'
import { startNginx } from './peers/nginx.js'

/** An environ, and the content. */
export type Reading = Record<string, string>

export interface TwoReadings {
  /** Undefined: the handler was not asked. */
  readonly throughNginx: Reading | undefined
  readonly overHttp: Reading | undefined
  /** What nginx answered. */
  readonly status: number | undefined
}

/** A server, and what its handler has seen. */
async function start (protocol: 'http' | 'uwsgi'): Promise<{ port: number, seen: Reading[] }> {
  const seen: Reading[] = []
  const handler: Handler = async request => {
    seen.push({ ...request.environ, content: (await request.bytes()).toString('latin1') })
    return { status: 200 }
  }
  const server = createServer({ protocol, drainTimeout: 100 }, handler)
  onTestFinished(() => server.close())
  return { port: (await server.listen(0) as AddressInfo).port, seen }
}

/** Starts both servers and nginx, until the test has finished. The function sends bytes by both ways, each on a connection of its own. */
export async function startTwoWays (): Promise<(bytes: Uint8Array) => Promise<TwoReadings>> {
  const [uwsgi, http] = [await start('uwsgi'), await start('http')]
  const nginx = await startNginx({ upstream: `127.0.0.1:${uwsgi.port}` })
  onTestFinished(() => nginx.stop())
  return async bytes => {
    uwsgi.seen.length = http.seen.length = 0
    const { response } = await exchange(nginx.port, bytes)
    await exchange(http.port, bytes)
    // A request behind it is answered on the same connection, and is not what is asked about.
    return { throughNginx: uwsgi.seen[0], overHttp: http.seen[0], status: response?.status }
  }
}
