// What long work is doing: time since it began, how much of it is done, how fast, and how long the rest will take. One line that is written anew
// on a terminal; plain lines elsewhere, when the step changes and every so often. On standard error, so that results can be piped. Knows
// nothing of the work.

/** Milliseconds: a terminal is written to no more often than this; the time goes on this often where nothing else is told; plain lines. */
const REDRAW = 100
const TICK = 1000
const PLAIN = 10_000

/** Seconds for people. */
export function duration (seconds) {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 100) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 100 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A number with spaces between thousands. */
export function grouped (number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ' ')
}

/** So many a second, or a minute where that is less than one. */
export function rateOf (count, seconds, unit) {
  if (!(seconds > 0) || count === 0) return ''
  const perSecond = count / seconds
  if (perSecond >= 10) return `${grouped(perSecond)} ${unit}/s`
  return perSecond >= 1 ? `${perSecond.toFixed(1)} ${unit}/s` : `${(60 * perSecond).toFixed(1)} ${unit}/min`
}

export class Progress {
  #stream
  #isTerminal
  #intervals
  #started = performance.now()
  #drawn = -Infinity
  #step = ''
  #text = ''
  #isShown = false
  #timer

  /** `stream` is standard error unless named; `intervals`: other ones than the usual. */
  constructor ({ stream = process.stderr, intervals = {} } = {}) {
    this.#stream = stream
    this.#isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb'
    this.#intervals = { redraw: REDRAW, tick: TICK, plain: PLAIN, ...intervals }
  }

  /** Seconds since it was made. */
  get seconds () {
    return (performance.now() - this.#started) / 1000
  }

  get elapsed () {
    return duration(this.seconds)
  }

  /**
   * What is being done. All of the rest may be left out. `done` of `total` `unit`s: how far it is; without `rate` and `left`, both follow
   * from that and the time. `rate`: as text. `left`: in seconds. `detail`: what changes often.
   */
  show (step, { done, total, unit = '', rate, left, detail = '' } = {}) {
    const speed = rate ?? (done === undefined ? '' : rateOf(done, this.seconds, unit))
    const rest = left ?? (done > 0 && total !== undefined ? this.seconds / done * (total - done) : undefined)
    const share = done === undefined || total === undefined ? '' : `${grouped(done)} of ${grouped(total)}${unit === '' ? '' : ` ${unit}`}`
    const isNew = step !== this.#step
    this.#step = step
    // A stretch in which nothing is told is shorter than `left` by the time that it takes.
    const told = this.seconds
    this.#text = () => [`${step}${detail === '' ? '' : `: ${detail}`}`, share, speed, rest === undefined ? '' : `${duration(rest - (this.seconds - told))} left`]
      .filter(Boolean).join(', ')
    this.#timer ??= setInterval(() => this.#draw(false), this.#isTerminal ? this.#intervals.tick : this.#intervals.plain)
    this.#timer.unref()
    this.#draw(isNew)
  }

  /** A line that stays, such as a result that is there already. */
  print (line) {
    if (this.#isTerminal && this.#isShown) this.#stream.write('\r\x1b[2K')
    this.#stream.write(`${line}\n`)
    if (this.#isTerminal && this.#isShown) this.#draw(true)
  }

  /** Leaves the line free for results. */
  clear () {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#isTerminal && this.#isShown) this.#stream.write('\r\x1b[2K')
    this.#isShown = false
    this.#step = ''
  }

  /** `isDue`: however short the time since the last one is. */
  #draw (isDue) {
    const now = performance.now()
    const { redraw, plain } = this.#intervals
    // Timers may be a little early.
    if (!isDue && now - this.#drawn < 0.95 * (this.#isTerminal ? redraw : plain)) return
    this.#drawn = now
    this.#isShown = true
    const line = `${this.elapsed.padStart(5)}  ${this.#text()}`
    if (this.#isTerminal) this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`)
    else this.#stream.write(`${line}\n`)
  }
}
