// What a server and its connections know of each other, whatever the protocol.
import type { RequestDecoderOptions } from '../index.js'
import type { Timed } from './clock.js'
import type { ServerErrorCode } from './errors.js'
import type { Handler } from './exchange.js'
import type { Times } from './options.js'
import type { Transport } from './transport.js'

/** What the connections of one server share. */
export interface Service {
  readonly server: object
  readonly handler: Handler
  readonly decoding: RequestDecoderOptions
  readonly times: Times
  /** A connection has closed. */
  closed: (connection: Connection) => void
}

/** What makes a connection of some protocol out of a transport. */
export type Connect = new (transport: Transport, service: Service) => Connection

/** What a server does with a connection: it tells it the time, and that the end is near. */
export interface Connection extends Timed {
  /** The server accepts nothing more. A connection that has sent nothing yet does not get all of its time. */
  lastCall: () => void
  /** What had come before the last call has been read by now. A connection that waits for another request is closed. */
  leaveIfIdle: () => void
  /** The server does not wait any longer. */
  giveUp: (code: ServerErrorCode) => void
}
