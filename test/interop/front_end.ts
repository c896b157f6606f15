// What the cases for front ends need to know of each of them: how to start it, and what it documents about the variables that it sends and
// the statuses that it answers itself. The cases are in front_end_requests.ts, front_end_responses.ts and front_end_failures.ts.
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Application, type Listen } from './application.js'
import type { HttpPeer } from './peers/process.js'

export interface FrontEnd {
  /** `passing`: content and responses go on as they come. Otherwise as the program does it by default. */
  start (upstream: string, passing?: boolean): Promise<HttpPeer>
  /** The variables of `GET /environ` with the query `q=1&r=%20` and without field lines but Host, name by name. */
  variables (port: number): Record<string, unknown>
  /** CONTENT_LENGTH of a request without content. */
  readonly noContentLength: string | undefined
  /** What stands between repeated cookies. */
  readonly cookieSeparator: '; ' | ', '
  /** Whether content that comes in chunks is gathered and passed on; otherwise the client is answered 411. */
  readonly takesChunks: boolean
  /** The answer to a request whose variables do not fit into a packet. */
  readonly tooLarge: number
  /** The answer when there is no response. */
  readonly noResponse: number
  /** The answer when there is no server. */
  readonly noServer: number
  /** Whether a client that goes is noticed at once; otherwise only when it is to be sent something. */
  readonly noticesAbsence: boolean
}

/** For suites: far more time than a busy machine needs. */
export const GENEROUS = { timeout: 60_000 } as const

/** A front end with an application behind it. */
export interface Setting {
  readonly application: Application
  readonly peer: HttpPeer
}

export async function startSetting (frontEnd: FrontEnd, listen: Listen, passing = false): Promise<Setting> {
  const application = await Application.start(listen)
  try {
    return { application, peer: await frontEnd.start(application.upstream, passing) }
  } catch (error) {
    await application.close()
    throw error
  }
}

export async function stopSetting ({ peer, application }: Setting): Promise<void> {
  await peer.stop()
  await application.close()
}

/** A client that does nothing by itself. */
export function client (port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {}) // tests cut connections
  onTestFinished(() => { socket.destroy() })
  return socket
}

export interface Gate<T> {
  readonly opened: Promise<T>
  readonly open: (value: T) => void
}

/** What one side of a test waits for until the other side lets it go on. */
export function gate<T = void> (): Gate<T> {
  let open!: (value: T) => void
  const opened = new Promise<T>(resolve => { open = resolve })
  return { opened, open }
}

/** Waits until something is true, which the test's own time-out bounds. */
export async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

/** Waits until a count has not changed for a while, as when the next step is blocked. */
export async function untilStill (count: () => number): Promise<void> {
  for (let seen = -1, quiet = 0; quiet < 25; await new Promise(resolve => setTimeout(resolve, 10))) {
    quiet = count() === seen ? quiet + 1 : 0
    seen = count()
  }
}
