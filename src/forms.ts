// What an encoder is given, name by name and value by value, and the form that fits it: names that came in the same order before were
// checked and laid out once, by native code, which keeps them as a form; from then on only values go there (native/core/forms.h).
//
// Names are followed from one to the next, each compared with those that have come in its place. So a form is never taken for another one,
// whatever an object says that it is. Forms are bounded by the table of native code; when that is full, all are forgotten. Whoever sends
// new names on purpose makes the encoder lay them out each time, but not keep them each time.
import { binding } from './engine.js'
import { typeError } from './errors.js'
import { FORGET_FORMS, MAX_BLOCK_BYTES, WORD_FAULT, WORD_FORM, WORD_KEEP_FORM, WORD_PART_COUNT, WORD_PARTS_AT } from './layout.js'
import { addPart, announceText, partsUsed, releaseParts } from './parts.js'

const { slab } = binding

/** Uses of names without a form that pay for keeping one. */
const PRICE = 16
/** A start that keeps as many at once as there may be. */
const BUDGET_MAX = 256 * PRICE

/** Larger forms are not kept. */
const MOST_NAMES = 512
const MOST_BYTES = 4096

/** Names up to one of them. */
class Step {
  readonly name: string
  readonly before: Step | undefined
  /** The form of these names and no more. */
  form: number | undefined
  /** The name that came next the last time. */
  next: Step | undefined
  /** All that have come next, when there are several. */
  others: Map<string, Step> | undefined

  constructor (name: string, before: Step | undefined) {
    this.name = name
    this.before = before
    this.form = undefined
    this.next = undefined
    this.others = undefined
  }
}

/** The names up to a step, and its own, but not that of the first step. */
function namesUpTo (last: Step): string[] {
  const names: string[] = []
  for (let step = last; step.before !== undefined; step = step.before) names.push(step.name)
  return names.reverse()
}

/** The forms of one encoder. @internal */
export class Forms {
  start: Step
  /** Native code that lays out names, and leaves the form, or the fault, in the slab. */
  readonly make: (names: string) => void
  /** What is counted for a name and its value beside their lengths. */
  readonly marks: number
  /** More than MAX_BLOCK_BYTES were counted. */
  readonly tooLarge: () => Error
  readonly first: string | undefined

  /** `first`: a name without a value that comes before all others, if there is one. */
  constructor (make: (names: string) => void, marks: number, tooLarge: () => Error, first?: string) {
    this.make = make
    this.marks = marks
    this.tooLarge = tooLarge
    this.first = first
    this.start = new Step(first ?? '', undefined)
    all.push(this)
  }
}

const all: Forms[] = []
let budget = BUDGET_MAX
/** Whether native code had no room for a form that was to be kept. */
let full = false
/** Grows when all forms are forgotten. */
let age = 0

/** The step from `step` on with another name than the last time: a new one where none is known, from which nothing is known either. */
function turn (step: Step, name: string): Step {
  const next = step.others?.get(name)
  return next === undefined ? new Step(name, step) : (step.next = next)
}

/** All names in forms, as V8 has them for properties: in one piece of their own, so that nothing larger is kept alive by them. */
const ownNames = new Map<string, string>()

function ownName (name: string): string {
  let own = ownNames.get(name)
  if (own === undefined) ownNames.set(own = Object.keys({ [name]: 0 })[0]!, own)
  return own
}

function keep (start: Step, names: readonly string[], form: number): void {
  let step = start
  for (const given of names) {
    let next = step.next?.name === given ? step.next : step.others?.get(given)
    if (next === undefined) {
      const name = ownName(given)
      next = new Step(name, step)
      if (step.next !== undefined) {
        step.others ??= new Map([[step.next.name, step.next]])
        step.others.set(name, next)
      }
    }
    step.next = next
    step = next
  }
  step.form = form
}

const hasOwn = Object.prototype.hasOwnProperty

/** Names and values of one encoder, as they are collected. @internal */
export class Filling {
  /** All values. */
  text = ''
  /** Lengths of names and values, and their marks. At most MAX_BLOCK_BYTES, at any time: so what is endless comes to an end. */
  size: number
  readonly #forms: Forms
  readonly #at: number
  readonly #age: number
  #step: Step

  constructor (forms: Forms) {
    this.#forms = forms
    this.#at = partsUsed()
    this.#age = age
    this.#step = forms.start
    this.size = this.#step.name.length
  }

  /** How many values there are. */
  get count (): number {
    return partsUsed() - this.#at
  }

  /** Adds a name that has no value. */
  addName (name: string): void {
    if (typeof name !== 'string') throw typeError('ERR_INVALID_ARG_TYPE', `names and values have to be strings, not ${typeof name}`)
    const { next } = this.#step
    this.#step = next?.name === name ? next : turn(this.#step, name)
    this.#grow(name.length)
  }

  /** Adds a name and its value. */
  add (name: string, value: string): void {
    this.addName(name)
    addPart(value)
    this.text += value
    this.#grow(this.#forms.marks + value.length)
  }

  /**
   * Adds the own properties of an object, in order; `other` gets those whose value is no string. A getter may run anything, another encoder
   * included, but what is collected here is not within its reach.
   */
  addObject<T> (object: Record<string, T>, other: (filling: Filling, name: string, value: T) => void): void {
    const { marks } = this.#forms
    let step = this.#step
    let { text, size } = this
    for (const name in object) {
      if (!hasOwn.call(object, name)) continue
      const value = object[name]!
      if (typeof value === 'string') {
        const { next } = step
        step = next !== undefined && next.name === name ? next : turn(step, name)
        addPart(value)
        text += value
        size += marks + name.length + value.length
        if (size > MAX_BLOCK_BYTES) throw this.#forms.tooLarge()
      } else {
        this.#step = step
        this.text = text
        this.size = size
        other(this, name, value)
        step = this.#step;
        ({ text, size } = this)
      }
    }
    this.#step = step
    this.text = text
    this.size = size
  }

  #grow (bytes: number): void {
    this.size += bytes
    if (this.size > MAX_BLOCK_BYTES) throw this.#forms.tooLarge()
  }

  /**
   * Tells native code the form and the lengths of the values. From here on, no code of the caller may run. False: the names make no form, and
   * the slab says why.
   */
  finish (): boolean {
    const { count } = this
    const form = this.#age === age ? this.#step.form : undefined
    if (form !== undefined) slab[WORD_FORM] = form
    else if (!this.#make()) return false
    slab[WORD_PARTS_AT] = this.#at
    slab[WORD_PART_COUNT] = count
    announceText(this.text)
    return true
  }

  /** Has a form made, and keeps it if there is budget. */
  #make (): boolean {
    const names = namesUpTo(this.#step)
    const { first } = this.#forms
    if (first !== undefined) names.unshift(first)
    let text = ''
    for (const name of names) text += name // read at once; to join them first would cost more
    if (budget < BUDGET_MAX) budget++
    const wanted = budget >= PRICE && names.length <= MOST_NAMES && text.length <= MOST_BYTES
    if (wanted && full) forgetAll()
    announceText(text)
    const at = partsUsed()
    for (const name of names) addPart(name)
    slab[WORD_PARTS_AT] = at
    slab[WORD_PART_COUNT] = names.length
    slab[WORD_KEEP_FORM] = !wanted ? 0 : full ? FORGET_FORMS : 1
    full &&= !wanted
    this.#forms.make(text)
    releaseParts(at)
    if (slab[WORD_FAULT] !== 0) return false
    if (!wanted) return true
    budget -= PRICE
    full = slab[WORD_KEEP_FORM] === 0
    if (!full) keep(this.#forms.start, first === undefined ? names : names.slice(1), slab[WORD_FORM]!)
    return true
  }
}

function forgetAll (): void {
  age++
  ownNames.clear()
  for (const forms of all) forms.start = new Step(forms.first ?? '', undefined)
}
