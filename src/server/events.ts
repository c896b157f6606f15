// What a server publishes on node:diagnostics_channel, and the shape of each message. A message is only made when somebody subscribes.
// Each 'gatewire:request' is followed by one 'gatewire:response', one 'gatewire:refused' or one 'gatewire:error' that says `cut`.
import { channel, type Channel } from 'node:diagnostics_channel'
import type { ProtocolError } from '../index.js'
import type { ServerError } from './errors.js'
import type { ServerRequest } from './request.js'

/** 'gatewire:request': a request head was accepted; the handler is called next. */
export interface RequestMessage {
  /** The object that `createServer` returned. */
  server: object
  /** The same object in all messages about one request. */
  request: ServerRequest
  /** IP address of the peer, which over uwsgi is the front end; undefined for a unix socket. */
  remoteAddress: string | undefined
}

/** 'gatewire:response': the system has taken the last byte of a response. */
export interface ResponseMessage {
  /** The object that `createServer` returned. */
  server: object
  /** The request that was answered. */
  request: ServerRequest
  /** Status code that was sent. */
  status: number
  /** Bytes of the body that were sent, the head not counted. */
  contentBytes: number
}

/** 'gatewire:refused': a peer was refused, or went away, before or while its request was handled. */
export interface RefusedMessage {
  /** The object that `createServer` returned. */
  server: object
  /** IP address of the peer, which over uwsgi is the front end; undefined for a unix socket. */
  remoteAddress: string | undefined
  /** Undefined when there was no request yet. */
  request: ServerRequest | undefined
  /** What was wrong: `error.code`, and in `error.status` the status it was answered with (0: closed without an answer). */
  error: ProtocolError | ServerError
  /**
   * The first bytes of a connection that has carried no request at all, as far as they had come, 64 at most: what else they may be the
   * beginning of (TLS, another protocol) is for the subscriber to say. They are the peer's: keep them out of logs. Otherwise undefined.
   */
  firstBytes: Uint8Array | undefined
}

/** 'gatewire:error': the fault of this side: a handler threw, or its response was impossible. */
export interface ErrorMessage {
  /** The object that `createServer` returned. */
  server: object
  /** Undefined when connections could not be accepted, such as for want of descriptors; said once a second at most. */
  request: ServerRequest | undefined
  /** What the handler threw, or a TypeError, RangeError or ServerError about its response. */
  error: unknown
  /** False: the peer is answered 500, and a 'gatewire:response' follows. True: the connection is cut. */
  cut: boolean
}

export const requests: Channel = channel('gatewire:request')
export const responses: Channel = channel('gatewire:response')
export const refusals: Channel = channel('gatewire:refused')
export const errors: Channel = channel('gatewire:error')

let warned = false

/** Publishes an error; with nobody there to hear of it, the first one becomes a process warning, so that a 500 is never without a trace. */
export function publishError (message: ErrorMessage): void {
  if (errors.hasSubscribers) {
    errors.publish(message)
  } else if (!warned) {
    warned = true
    const { error } = message
    const text = error instanceof Error ? error.stack ?? error.message : String(error)
    process.emitWarning("a gatewire server answers 500 or cuts a connection, and nobody subscribes to 'gatewire:error' of " +
      `diagnostics_channel. The first error: ${text}`, { code: 'GATEWIRE_ERROR' })
  }
}
