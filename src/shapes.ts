// What heads of one shape share on this side of the boundary: their keys, where each stands, and a function made for them that
// builds the whole environ in one go. Native code matches shapes exactly and says which slot one has; a new serial in a slot means
// that another shape took it.
//
// A shape is compiled only after it was used a few times, and only from a budget that ordinary work fills: whoever sends shapes on
// purpose gets the loop, which builds the same object, and cannot make the process compile for ever.
import { type EnvironBuilder, NOTHING, type Told, type Variables } from './environ.js'
import { binding } from './engine.js'
import { RECORD_WORDS } from './head_index.js'
import { MAX_WANTED, TEXT_HEADS_START } from './layout.js'

/** Uses after which a shape is worth a function of its own. */
const USES_BEFORE_COMPILING = 4
/** Environs built without one that pay for compiling one (some 100 µs, so 1.5 µs each). */
const PRICE = 64
/** A start that compiles this many at once: more orders of fields than a site sees. */
const BUDGET_MAX = 64 * PRICE

/** @internal */
export interface Shape {
  readonly slot: number
  readonly serial: number
  uses: number
  /** Known once the shape was learned. A name may be repeated. */
  variables: Variables | undefined
  /** Where the value of each variable is; undefined as long as the variables are, and when a name is repeated. */
  sources: ReadonlyMap<string, number> | undefined
  /** Bit for each wanted name whose position native code knows. */
  wanted: number
  build: EnvironBuilder | undefined
}

const { slab } = binding
const shapes: Array<Shape | undefined> = []
let budget = BUDGET_MAX
let codeGeneration = true

/** The shape in a slot. @internal */
export function shapeAt (slot: number, serial: number): Shape {
  const shape = shapes[slot]
  if (shape !== undefined && shape.serial === serial) return shape
  return (shapes[slot] = { slot, serial, uses: 0, variables: undefined, sources: undefined, wanted: 0, build: undefined })
}

/** A string literal in which only letters, digits and `_` stand for themselves. */
function literal (key: string): string {
  return `"${key.replace(/[^A-Za-z0-9_]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
}

function value (source: number, told: readonly Told[]): string {
  if (source < 0) return `c[${~source}]`
  const cut = `t.slice(s[a+${RECORD_WORDS * source + 2}],s[a+${RECORD_WORDS * source + 3}])`
  const i = told.findIndex(variable => variable.source === source)
  return i < 0 ? cut : `(w${i}[f>>>${told[i]!.shift}&${told[i]!.mask}]||${cut})`
}

/**
 * All values first, then the object: between its properties there is nothing that could collect garbage, so V8 makes it by plain stores,
 * and stores one hidden class instead of one for each property. The slab is a constant of the code, the constructor a part of it.
 */
function compile ({ names, sources }: Variables, told: readonly Told[]): EnvironBuilder | undefined {
  const values = names.map((_, i) => `v${i}`).join()
  // A value with two names is cut once: they stand one behind the other.
  const cuts = names.map((_, i) => `v${i}=${i > 0 && sources[i] === sources[i - 1] ? `v${i - 1}` : value(sources[i]!, told)}`).join()
  const stores = names.map((name, i) => `this[${literal(name)}]=v${i}`).join(';')
  const source = `function E(${values}){${stores}}E.prototype=p;return function(t,a,f,c){const ${cuts};return new E(${values})}`
  try {
    return new Function('s', 'p', ...told.map((_, i) => `w${i}`), source)(slab, NOTHING, ...told.map(({ values }) => values)) as EnvironBuilder
  } catch (error) {
    // --disallow-code-generation-from-strings: the loop builds the same. Any other error, such as the end of the stack, passes.
    if (error instanceof EvalError) codeGeneration = false
    return undefined
  }
}

/** Notes a use of a shape that is not learned yet. Whether it is worth it now. @internal */
export function isWorthLearning (shape: Shape): boolean {
  if (budget < BUDGET_MAX) budget++
  if (shape.variables !== undefined || ++shape.uses < USES_BEFORE_COMPILING || budget < PRICE) return false
  budget -= PRICE
  return true
}

/** Keeps what follows from the keys of a shape. @internal */
export function learn (shape: Shape, variables: Variables, told: readonly Told[]): void {
  shape.variables = variables
  const sources = new Map(variables.names.map((name, i) => [name, variables.sources[i]!]))
  if (sources.size < variables.names.length) return // a repeated name: its values have to be joined one by one
  shape.sources = sources
  if (codeGeneration) shape.build = compile(variables, told)
}

/**
 * Names that heads were asked for one by one; the place of each is its number among the values that are cut in advance. They are few, and
 * mostly the same string as in the caller's source, so going over them costs less than a hash table.
 */
const wantedNames: string[] = []

/** The number of a name among the values that are cut in advance; -1 when it is not there. @internal */
export function wantedNumber (name: string): number {
  for (let i = 0; i < wantedNames.length; i++) if (wantedNames[i] === name) return i
  return -1
}

/** Has native code cut this value in advance from the next head of the shape on, as long as there is room for another name. @internal */
export function want (shape: Shape, name: string, position: number): void {
  let number = wantedNumber(name)
  if (number < 0) {
    if (wantedNames.length === MAX_WANTED) return
    number = wantedNames.push(name) - 1
  }
  const bit = 1 << number
  if ((shape.wanted & bit) !== 0) return
  shape.wanted |= bit
  binding.want(shape.slot, shape.serial, number, position)
}

/** Heads of a shape after one that was read as a whole that get their text from the decoding call. */
const TEXT_HEADS = 8

/** Notes that a head of this shape was read as a whole. @internal */
export function expectText (shape: Shape): void {
  slab[TEXT_HEADS_START + shape.slot] = TEXT_HEADS
}
