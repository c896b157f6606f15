// What a run is doing, with the time since it began: one line that changes on a terminal, and a line for each step elsewhere. On standard error,
// so that results can be piped. Knows nothing of what is measured.

export class Progress {
  #started = performance.now()
  #live = process.stderr.isTTY === true
  #shown = ''

  get elapsed () {
    return `${Math.round((performance.now() - this.#started) / 1000)} s`
  }

  /** `detail` changes often, and is for terminals. */
  show (step, detail = '') {
    if (this.#live) process.stderr.write(`\r\x1b[2K${this.elapsed.padStart(5)}  ${step}${detail}`)
    else if (step !== this.#shown) console.error(`${this.elapsed.padStart(5)}  ${step}`)
    this.#shown = step
  }

  /** Leaves the line free for results. */
  clear () {
    if (this.#live) process.stderr.write('\r\x1b[2K')
  }
}
