// What a handler gets. Everything but the head is made when it is asked for: a handler that looks at one variable costs no environ, no
// stream and no AbortController. Knows no transport.
import type { Environ, RequestHead } from '../index.js'
import { ServerError } from './errors.js'

/** One request. */
export interface ServerRequest {
  /** The head as the codec gives it: `fields()`, `framing`, `detach()` and so on. */
  readonly head: RequestHead
  /** All variables of the head, as strings of one character per byte (PEP 3333). Built on first use; the handler may change it. */
  readonly environ: Environ
  /** One variable, cut on demand: `get('PATH_INFO')`. Whoever reaches a uwsgi port sets REMOTE_ADDR, REMOTE_USER and all others. */
  get (name: string): string | undefined
  /**
   * The content, in pieces as they come, to be read once: by this, `bytes()` or `text()`. While nobody reads, at most some 128 KiB of it
   * are held, and the peer has to wait. Views on the received bytes, valid for as long as they are held.
   *
   * Over HTTP, a client that waits for 100 (Continue) gets it when somebody reads (RFC 9110 section 10.1.1). Throws ProtocolError when the
   * peer closes before all of it has come (`ERR_UWSGI_CONTENT_TRUNCATED`, `ERR_HTTP_CONTENT_TRUNCATED`) or breaks its coding, and ServerError
   * `ERR_SERVER_CONTENT_TIMEOUT`, `ERR_SERVER_CONTENT_DISCARDED` (the response is complete, or was cut) or `ERR_SERVER_CONTENT_USED`.
   */
  readonly content: AsyncIterable<Uint8Array>
  /** All of the content. It is as large as the peer says: bound it with `limits.maxContentBytes`. Errors as of `content`. */
  bytes: () => Promise<Buffer>
  /** All of the content, decoded as UTF-8, with U+FFFD for what is none. Errors as of `content`. */
  text: () => Promise<string>
  /**
   * Aborted when the peer goes before the response is complete; `reason` is a ServerError. Front ends never close one direction only,
   * so the peer counts as gone when it has closed its own. A response that is made nevertheless is still sent, for a peer that reads on.
   * While more content waits than the server holds, nothing is read, so the peer's going is noticed only after somebody reads on.
   */
  readonly signal: AbortSignal
}

/** Where content comes from. */
export interface ContentSource {
  /** The next bytes; undefined: none have come yet, see `contentReady`; null: that was all. Throws when no more will come. */
  readContent: () => Uint8Array | null | undefined
  /** Resolves when it is worth reading again. For one reader at a time. */
  contentReady: () => Promise<void>
}

async function * pieces (source: ContentSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const bytes = source.readContent()
    if (bytes === null) return
    if (bytes === undefined) await source.contentReady()
    else yield bytes
  }
}

/** @internal */
export class IncomingRequest implements ServerRequest {
  readonly head: RequestHead
  readonly #source: ContentSource
  #content: AsyncIterable<Uint8Array> | undefined
  #claimed = false
  #controller: AbortController | undefined
  #gone: ServerError | undefined

  constructor (head: RequestHead, source: ContentSource) {
    this.head = head
    this.#source = source
  }

  get environ (): Environ {
    return this.head.environ
  }

  get (name: string): string | undefined {
    return this.head.get(name)
  }

  get content (): AsyncIterable<Uint8Array> {
    return (this.#content ??= {
      [Symbol.asyncIterator]: () => {
        this.#claim()
        return pieces(this.#source)
      }
    })
  }

  async bytes (): Promise<Buffer> {
    this.#claim()
    const parts: Uint8Array[] = []
    for (;;) {
      const bytes = this.#source.readContent()
      if (bytes === null) return Buffer.concat(parts)
      if (bytes === undefined) await this.#source.contentReady()
      else parts.push(bytes)
    }
  }

  async text (): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  get signal (): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#gone !== undefined) this.#controller.abort(this.#gone)
    }
    return this.#controller.signal
  }

  /** Tells the handler that nobody waits for its response any more. The first reason counts. */
  abandon (reason: ServerError): void {
    if (this.#gone !== undefined) return
    this.#gone = reason
    this.#controller?.abort(reason)
  }

  /** Whether an error is what becomes of an aborted `signal`: its reason, or the AbortError that many functions make of it. */
  explains (error: unknown): boolean {
    return this.#gone !== undefined && (error === this.#gone || (error instanceof Error && error.name === 'AbortError'))
  }

  #claim (): void {
    if (this.#claimed) throw new ServerError('ERR_SERVER_CONTENT_USED')
    this.#claimed = true
  }
}
