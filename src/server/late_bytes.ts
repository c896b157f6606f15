// What a peer still sends when its last response is on the way: nobody wants it, but it has to be taken, up to a bound. Closing while
// bytes of the peer are unread would make the system reset the connection, and the peer could lose the response. Some front ends begin
// to read only when they have sent all content. Knows no connection.

/** In bytes, and in milliseconds after the response has been sent. */
const MOST_BYTES = 64 * 1024 * 1024
export const LINGER_TIME = 5000

export class LateBytes {
  /** Content that is still to come, bytes beyond it, and those that have come. */
  #missing = 0
  #surplus = 0
  #taken = 0

  /** `missing`: content that has not come; `waiting`: bytes that have, and were not looked at. */
  expect (missing: number, waiting: number): void {
    this.#missing = missing
    this.#surplus += waiting
  }

  /** More may come than anybody knows of. */
  expectMore (): void {
    this.#surplus++
  }

  /** Takes bytes away. True: that is too much. */
  take (count: number): boolean {
    const content = Math.min(count, this.#missing)
    this.#missing -= content
    this.#surplus += count - content
    this.#taken += count
    return this.#taken > MOST_BYTES
  }

  /** Whether exactly what was announced has come. */
  get isExact (): boolean {
    return this.#missing === 0 && this.#surplus === 0
  }
}
