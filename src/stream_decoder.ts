// What every decoder of a stream does with its events, whatever the protocol: bytes are pushed, events are asked for, an error comes after
// the events before it and stays. Sans-I/O: it knows no socket and no timer.
import { checkReadable } from './bytes.js'
import { ChunkQueue } from './chunk_queue.js'
import { ProtocolError, typeError, type UsageErrorCode } from './errors.js'

const UNREADABLE: ReadonlySet<unknown> = new Set<UsageErrorCode>(
  ['ERR_INVALID_ARG_TYPE', 'ERR_DETACHED_BYTES', 'ERR_SHARED_BYTES', 'ERR_RESIZABLE_BYTES'])

/** The part that RequestDecoder and ResponseDecoder share. */
export abstract class StreamDecoder<Event> implements Iterable<Event> {
  /** @internal */
  protected readonly input: ChunkQueue = new ChunkQueue()
  #ended = false
  #pending: Event | null = null
  /** What was refused: nothing is read any more. */
  #refused: ProtocolError | undefined
  /** An event is being read, or was when something came in between that is nobody's fault: half of the work is done. */
  #reading = false
  /** The peer closed too early: comes after what can still be read. */
  #truncated: ProtocolError | undefined

  /** Takes the next bytes, any number of them. TypeError: not a Uint8Array, or detached, shared or resizable. */
  push (chunk: Uint8Array): void {
    if (this.#refused === undefined && !this.#ended) this.input.push(chunk)
    else checkReadable(chunk)
  }

  /**
   * The next event, or null when more bytes have to be pushed first. Throws the ProtocolError of a refusal. TypeError: bytes have been
   * detached since they were pushed; or `ERR_DECODER_INTERRUPTED`, when an earlier call met the end of the stack, or this one comes from
   * within another.
   */
  next (): Event | null {
    const pending = this.#pending
    if (pending !== null) {
      this.#pending = null
      return pending
    }
    const event = this.#read()
    if (event !== null || !this.#ended) return event
    // What `end` said was about the request that was being read then. Of those behind it, the last one may be incomplete.
    this.#truncated ??= this.missing()
    if (this.#truncated !== undefined) throw this.#truncated
    return null
  }

  /** The events that there are now, one after the other: ends where `next()` gives null, and throws what it throws. */
  * [Symbol.iterator] (): Generator<Event, void, undefined> {
    for (let event = this.next(); event !== null; event = this.next()) yield event
  }

  /**
   * The peer has closed. Throws ProtocolError when it did so too early; what came before can still be read. When it did so in a request
   * behind one that is still being read, `next()` throws, after the events before.
   */
  end (): void {
    // A head that has come is not missing, though nobody has asked for it yet.
    if (this.awaitsHead() && this.#pending === null) this.#pending = this.#read()
    if (this.#refused !== undefined) throw this.#refused
    this.#ended = true
    this.#truncated = this.missing()
    if (this.#truncated !== undefined) throw this.#truncated
  }

  /** Whether the peer has closed. @internal */
  protected get ended (): boolean {
    return this.#ended
  }

  #read (): Event | null {
    if (this.#refused !== undefined) throw this.#refused
    if (this.#reading) {
      throw typeError('ERR_DECODER_INTERRUPTED', 'a call of this decoder was interrupted, as by the end of the stack, so it cannot go on')
    }
    this.#reading = true
    try {
      const event = this.advance()
      this.#reading = false
      return event
    } catch (error) {
      if (error instanceof ProtocolError) this.#refused = error
      // Bytes that cannot be read: none of them has been.
      else if (UNREADABLE.has((error as { code?: unknown }).code)) this.#reading = false
      throw error
    }
  }

  /** Reads on to the next event; null when there are not enough bytes. @internal */
  protected abstract advance (): Event | null
  /** Whether the next event is a head. @internal */
  protected abstract awaitsHead (): boolean
  /** The error now that nothing more comes, if something is missing. @internal */
  protected abstract missing (): ProtocolError | undefined
}
