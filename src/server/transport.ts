// What the protocol logic of the server sees of a connection: bytes in, bytes out, and the moments in between. Knows no protocol and no
// socket; native_transport.ts fills it in with native sockets, socket_transport.ts with those of node:net.

/** What can be sent: bytes, or text that has one byte for each character, U+0000 to U+00FF. */
export type Chunk = Uint8Array | string

/** The two ends of a connection, as far as they have addresses: a unix socket has none. */
export interface Ends {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
}

export const NO_ENDS: Ends = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined }

/**
 * Between bytes and the reset that says that more should have followed, in milliseconds. A peer that finds both at once may read the
 * bytes, lose the error, and take the end of the connection for the end of the response.
 */
export const RESET_DELAY = 200

/** Bytes of one connection. All calls return at once, and none throws when the peer has gone. */
export interface Transport {
  /** IP address of the peer; undefined for a unix socket, or when the peer was gone before it was asked for. */
  readonly remoteAddress: string | undefined
  /** Both addresses, as of now. */
  readonly ends: Ends
  /** Says who is told. To be called once, at once; before it nothing is reported. */
  start: (receiver: Receiver) => void
  /** Sends bytes, which belong to the transport from then on. True: the system has taken all of them. False: `drain` tells when it has. */
  write: (chunk: Chunk) => boolean
  /** Sends the last bytes and says that nothing follows. Bytes of the peer still come in. */
  end: (chunk?: Chunk) => void
  /** Stops reading; a few bytes may still be told. While paused, the peer's closing goes unnoticed. */
  pause: () => void
  resume: () => void
  /** Closes now. What the system has taken is still delivered, unless bytes of the peer are unread. */
  destroy: () => void
  /** Closes soon, and lets the peer know that something is missing wherever that can be told (TCP: a reset). Nothing is sent any more. */
  abort: () => void
}

/** Who is told what happens on a connection. */
export interface Receiver {
  data: (bytes: Uint8Array) => void
  /** The peer sends nothing more. It may or may not still read. */
  peerEnded: () => void
  /** The system has taken everything that was written so far. */
  drain: () => void
  /** The system has taken everything up to the `end`. */
  sent: () => void
  /** The connection is closed, by whomever. Told once, last. */
  closed: () => void
}
