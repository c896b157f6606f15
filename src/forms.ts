// What an encoder is given, name by name and value by value, and the form that fits it: names that came in the same order before were
// checked and laid out once, by native code, which keeps them as a form; from then on only values go there (native/core/forms.h). Values that
// were the same each time a form was tried become part of one.
//
// Names and such values are followed from one to the next, each compared with what has come in its place. So a form is never taken for another
// one, whatever an object says that it is. Forms are bounded by the table of native code; when that is full, all are forgotten. Whoever sends
// new names on purpose makes the encoder lay them out each time, but not keep them each time.
import { binding } from './engine.js'
import { typeError } from './errors.js'
import {
  FORGET_FORMS, MAX_BLOCK_BYTES, PARTS_START, VALUE_OF_FORM, WORD_FAULT, WORD_FORM, WORD_KEEP_FORM, WORD_PART_COUNT, WORD_PARTS_AT
} from './layout.js'
import { addPart, announceText, partsUsed, releaseParts } from './parts.js'

const { slab } = binding

/** Uses of names without a form that pay for keeping one. */
const PRICE = 16
/** A start that keeps as many at once as there may be. */
const BUDGET_MAX = 256 * PRICE

/** Larger forms are not kept. */
const MOST_NAMES = 512
const MOST_BYTES = 4096

/** Uses of a form before values that were the same each time become part of another one, in its place. */
const TRIAL = 16

/** Names up to one of them. */
class Step {
  readonly name: string
  /** The value of the name that is part of the form; undefined: it is filled in. */
  readonly value: string | undefined
  readonly before: Step | undefined
  /** The form of these names and no more. */
  form: number | undefined
  /** How often that was filled in, up to TRIAL. */
  uses: number
  /** The value that was filled in each time so far. */
  seen: string | undefined
  /** Whether it was another one once. */
  varies: boolean
  /** The name that came next the last time. */
  next: Step | undefined
  /** All that have come next. */
  all: Map<string, Step> | undefined

  constructor (name: string, value: string | undefined, before: Step | undefined) {
    this.name = name
    this.value = value
    this.before = before
    this.form = undefined
    this.uses = 0
    this.seen = undefined
    this.varies = false
    this.next = undefined
    this.all = undefined
  }
}

/** Grows when all forms are forgotten. */
let age = 0

/** The forms of one encoder. @internal */
export class Forms {
  #start: Step
  #age: number
  /** Native code that lays out names, and leaves the form, or the fault, in the slab. */
  readonly make: (names: string) => void
  /** A name without a value that comes before all others. */
  readonly first: string | undefined
  /** What is counted for a name and its value beside their lengths. */
  readonly marks: number
  /** More than MAX_BLOCK_BYTES were counted. */
  readonly tooLarge: () => Error

  constructor (make: (names: string) => void, first: string | undefined, marks: number, tooLarge: () => Error) {
    this.#start = new Step('', undefined, undefined)
    this.#age = age
    this.make = make
    this.first = first
    this.marks = marks
    this.tooLarge = tooLarge
  }

  /** Where names begin. */
  get start (): Step {
    if (this.#age !== age) {
      this.#start = new Step('', undefined, undefined)
      this.#age = age
    }
    return this.#start
  }
}

let budget = BUDGET_MAX
/** Whether native code had no room for a form that was to be kept. */
let full = false

/** The step from `step` on: mostly the one of the last time. */
function follow (step: Step, name: string, value: string): Step {
  const { next } = step
  const isNext = next !== undefined && next.name === name && (next.value === undefined || next.value === value)
  return isNext ? next : turn(step, name, value)
}

/** With another name or value than the last time: a new step where none is known, from which nothing is known either. */
function turn (step: Step, name: string, value: string): Step {
  const next = step.all?.get(name)
  if (next === undefined) return new Step(name, undefined, step)
  if (next.value === undefined || next.value === value) return (step.next = next)
  const blank = new Step(own(name), undefined, step)
  blank.varies = true
  return link(step, blank)
}

/** Knows a step from now on, in the place of any that has the name. */
function link (step: Step, next: Step): Step {
  step.all ??= new Map()
  step.all.set(next.name, next)
  return (step.next = next)
}

/** The steps up to one, in order. */
function stepsUpTo (last: Step): Step[] {
  const steps: Step[] = []
  for (let step = last; step.before !== undefined; step = step.before) steps.push(step)
  return steps.reverse()
}

/** All text in forms, as V8 has it for properties: in one piece of its own, so that nothing larger is kept alive by it. */
const ownTexts = new Map<string, string>()

function own (text: string): string {
  let known = ownTexts.get(text)
  if (known === undefined) ownTexts.set(known = Object.keys({ [text]: 0 })[0]!, known)
  return known
}

/** Keeps these names; for each, `values` has a value that is part of the form, or undefined. The last step. */
function keep (start: Step, steps: readonly Step[], values: ReadonlyArray<string | undefined>): Step {
  let step = start
  steps.forEach(({ name, varies }, i) => {
    const value = values[i]
    let next = step.all?.get(name)
    if (next === undefined || next.value !== value) {
      next = new Step(own(name), value === undefined ? undefined : own(value), step)
      next.varies = varies
    }
    step = link(step, next)
  })
  return step
}

const hasOwn = Object.prototype.hasOwnProperty

/** Names and values of one encoder, as they are collected. @internal */
export class Filling {
  /** The values that are to be filled in, one behind the other. */
  text = ''
  /** How many names have come. */
  count = 0
  /** Lengths of names and values, and their marks. At most MAX_BLOCK_BYTES, at any time: so what is endless comes to an end. */
  size: number
  readonly #forms: Forms
  readonly #at: number
  readonly #age: number
  #step: Step

  constructor (forms: Forms) {
    this.#step = forms.start
    this.#forms = forms
    this.#at = partsUsed()
    this.#age = age
    this.size = forms.first?.length ?? 0
    if (this.size > MAX_BLOCK_BYTES) throw forms.tooLarge()
  }

  /** Adds a name and its value. */
  add (name: string, value: string): void {
    if (typeof name !== 'string' || typeof value !== 'string') {
      throw typeError('ERR_INVALID_ARG_TYPE', `names and values have to be strings, not ${typeof (typeof name === 'string' ? value : name)}`)
    }
    const step = (this.#step = follow(this.#step, name, value))
    if (step.value === undefined) {
      addPart(value)
      this.text += value
    }
    this.count++
    this.size += this.#forms.marks + name.length + value.length
    if (this.size > MAX_BLOCK_BYTES) throw this.#forms.tooLarge()
  }

  /**
   * Adds the own properties of an object, in order; `other` gets those whose value is no string. A getter may run anything, another encoder
   * included, but what is collected here is not within its reach.
   */
  addObject<T> (object: Record<string, T>, other: (filling: Filling, name: string, value: T) => void): void {
    const { marks } = this.#forms
    let step = this.#step
    let { text, size, count } = this
    for (const name in object) {
      if (!hasOwn.call(object, name)) continue
      const value = object[name]!
      if (typeof value === 'string') {
        step = follow(step, name, value)
        if (step.value === undefined) {
          addPart(value)
          text += value
        }
        count++
        size += marks + name.length + value.length
        if (size > MAX_BLOCK_BYTES) throw this.#forms.tooLarge()
      } else {
        this.#step = step
        this.text = text
        this.size = size
        this.count = count
        other(this, name, value)
        step = this.#step;
        ({ text, size, count } = this)
      }
    }
    this.#step = step
    this.text = text
    this.size = size
    this.count = count
  }

  /**
   * Tells native code the form and the lengths of the values. From here on, no code of the caller may run. False: the names make no form, and
   * the slab says why.
   */
  finish (): boolean {
    const step = this.#step
    const parts = partsUsed() - this.#at
    if (this.#age !== age || step.form === undefined) {
      if (!this.#make(stepsUpTo(step))) return false
    } else {
      const { form } = step
      if (step.uses < TRIAL) this.#observe(step)
      slab[WORD_FORM] = form
    }
    slab[WORD_PARTS_AT] = this.#at
    slab[WORD_PART_COUNT] = parts
    announceText(this.text)
    return true
  }

  /** Which of the names, counted from 1, has the value that was filled in as number `part`, counted from 1. */
  nameOf (part: number): number {
    let parts = 0
    return 1 + stepsUpTo(this.#step).findIndex(step => step.value === undefined && ++parts === part)
  }

  /** Notes values that differ from those before; at the end of the trial, those that never did become part of a form. */
  #observe (last: Step): void {
    if (this.text.length > MOST_BYTES) return // nothing large is kept alive
    const steps = stepsUpTo(last)
    let length = PARTS_START + this.#at
    let at = 0
    for (const step of steps) {
      if (step.value !== undefined) continue
      const value = this.text.slice(at, at += slab[length++]!)
      if (step.varies) continue
      step.seen ??= value
      step.varies = step.seen !== value
      if (step.varies) step.seen = undefined
    }
    if (++last.uses < TRIAL) return
    const values = steps.map(step => step.value ?? (step.varies ? undefined : step.seen))
    if (values.every((value, i) => value === steps[i]!.value)) return
    if (budget >= PRICE && !full) this.#makeForm(steps, values, true, TRIAL)
  }

  /** Has a form made, and keeps it if there is budget. */
  #make (steps: readonly Step[]): boolean {
    if (budget < BUDGET_MAX) budget++
    const values = steps.map(step => step.value)
    const bytes = steps.reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), this.#forms.first?.length ?? 0)
    const wanted = budget >= PRICE && steps.length <= MOST_NAMES && bytes <= MOST_BYTES
    if (wanted && full) forgetAll()
    return this.#makeForm(steps, values, wanted, 0)
  }

  /**
   * Leaves a form of these names and values in the slab, and keeps it, as one of so many uses, if it is wanted and there is room. False: the slab
   * says why there is none.
   */
  #makeForm (steps: readonly Step[], values: ReadonlyArray<string | undefined>, wanted: boolean, uses: number): boolean {
    const { first, make } = this.#forms
    const at = partsUsed()
    let text = '' // read at once; to join them first would cost more
    if (first !== undefined) {
      addPart(first)
      text = first
    }
    steps.forEach(({ name }, i) => {
      const value = values[i]
      addPart(name)
      text += name
      if (value === undefined) return
      addPart(value)
      slab[PARTS_START + partsUsed() - 1] += VALUE_OF_FORM
      text += value
    })
    announceText(text)
    slab[WORD_PARTS_AT] = at
    slab[WORD_PART_COUNT] = partsUsed() - at
    slab[WORD_KEEP_FORM] = !wanted ? 0 : full ? FORGET_FORMS : 1
    full &&= !wanted
    make(text)
    releaseParts(at)
    if (slab[WORD_FAULT] !== 0) return false
    if (!wanted) return true
    budget -= PRICE
    full = slab[WORD_KEEP_FORM] === 0
    if (full) return true
    const last = keep(this.#forms.start, steps, values)
    last.form = slab[WORD_FORM]
    last.uses = uses
    return true
  }
}

function forgetAll (): void {
  age++
  ownTexts.clear()
}
