// What heads of one shape share on this side of the boundary: their keys, where each stands, and a constructor made for them that
// builds the whole environ in one go. Native code matches shapes exactly and says which slot one has; a new serial in a slot means
// that another shape took it.
//
// A shape is compiled only after it was used a few times, and only from a budget that ordinary work fills: whoever sends shapes on
// purpose gets the loop, which builds the same object, and cannot make the process compile for ever.
import { type EnvironConstructor, withoutInheritance } from './environ.js'
import { binding } from './engine.js'
import { RECORD_WORDS } from './head_index.js'
import { MAX_WANTED } from './layout.js'

/** Uses after which a shape is worth a constructor. */
const USES_BEFORE_COMPILING = 4
/** Environs built without a constructor that pay for compiling one (some 100 µs, so 1.5 µs each). */
const PRICE = 64
/** A start that compiles this many at once: more orders of fields than a site sees. */
const BUDGET_MAX = 64 * PRICE

/** Where a variable stands. @internal */
export interface Place {
  readonly position: number
  /** Its number among the values that native code cuts in advance; -1: it does not. */
  wanted: number
}

/** @internal */
export interface Shape {
  readonly slot: number
  readonly serial: number
  uses: number
  /** Known once the shape was learned. A key may be repeated. */
  keys: readonly string[] | undefined
  /** Place of each key; undefined as long as the keys are, and when one is repeated. */
  places: ReadonlyMap<string, Place> | undefined
  wantedCount: number
  construct: EnvironConstructor | undefined
}

const shapes: Array<Shape | undefined> = []
let budget = BUDGET_MAX
let codeGeneration = true

/** The shape in a slot. @internal */
export function shapeAt (slot: number, serial: number): Shape {
  const shape = shapes[slot]
  if (shape !== undefined && shape.serial === serial) return shape
  return (shapes[slot] = { slot, serial, uses: 0, keys: undefined, places: undefined, wantedCount: 0, construct: undefined })
}

/** A string literal in which only letters, digits and `_` stand for themselves. */
function literal (key: string): string {
  return `"${key.replace(/[^A-Za-z0-9_]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
}

function compile (keys: readonly string[]): EnvironConstructor | undefined {
  const body = keys.map((key, i) => `this[${literal(key)}]=t.slice(s[a+${RECORD_WORDS * i + 2}],s[a+${RECORD_WORDS * i + 3}])`).join(';')
  try {
    return withoutInheritance(new Function('t', 's', 'a', body) as unknown as EnvironConstructor)
  } catch {
    codeGeneration = false // --disallow-code-generation-from-strings: the loop builds the same
    return undefined
  }
}

/** Notes a use of a shape that has no constructor, and learns the shape when it is worth it. @internal */
export function use (shape: Shape, keys: readonly string[]): void {
  if (budget < BUDGET_MAX) budget++
  if (shape.keys !== undefined || ++shape.uses < USES_BEFORE_COMPILING || budget < PRICE) return
  budget -= PRICE
  shape.keys = keys
  const places = new Map(keys.map((key, position) => [key, { position, wanted: -1 }]))
  if (places.size < keys.length) return // a repeated key: its values have to be joined one by one
  shape.places = places
  if (codeGeneration) shape.construct = compile(keys)
}

/** Has native code cut this value in advance from the next head of the shape on, as long as there is room. @internal */
export function want (shape: Shape, place: Place): void {
  if (place.wanted >= 0 || shape.wantedCount === MAX_WANTED) return
  binding.want(shape.slot, shape.serial, place.position)
  place.wanted = shape.wantedCount++
}
