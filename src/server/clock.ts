// One coarse interval for the time-outs of all connections of a server: they count the milliseconds that they are told of, so a request
// costs no timer. Knows nothing of what times out.

/** Somebody who is told that time has passed. */
export interface Timed {
  /** About `elapsed` milliseconds have passed since the last call, or since it was added. */
  tick: (elapsed: number) => void
}

const FINEST = 10
const COARSEST = 1000

/** Milliseconds between ticks, fine enough for time-outs of so many. One counted in ticks may be early by this, so add it to each. */
export function resolutionFor (shortest: number): number {
  return Math.min(COARSEST, Math.max(FINEST, Math.floor(shortest / 4)))
}

export class Clock<T extends Timed> {
  readonly timed: Set<T> = new Set()
  readonly #resolution: number
  #timer: NodeJS.Timeout | undefined
  #last = 0

  constructor (resolution: number) {
    this.#resolution = resolution
  }

  add (timed: T): void {
    this.timed.add(timed)
    if (this.#timer !== undefined) return
    this.#last = performance.now()
    this.#timer = setInterval(() => this.#tick(), this.#resolution).unref()
  }

  /** The interval goes on until the next tick: connections come and go faster than that. */
  delete (timed: T): void {
    this.timed.delete(timed)
  }

  #tick (): void {
    if (this.timed.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const now = performance.now()
    // When this process was busy or suspended, what the peers sent in the meantime has not been read yet: that is not their fault.
    const elapsed = Math.min(now - this.#last, 2 * this.#resolution)
    this.#last = now
    for (const one of this.timed) one.tick(elapsed)
  }
}
