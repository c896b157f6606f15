// The variables that HTTP fields of no well-known name become (RFC 3875 section 4.1.18), remembered: a site sees the same few names again
// and again. Two generations bound what is remembered: when the young one is full, the old one is forgotten, and the young one is old.
import { latin1 } from './bytes.js'

/** Names of one generation. */
const GENERATION = 256
/** Longer names are not remembered. */
const LONGEST = 64

let young = new Map<string, string>()
let old = new Map<string, string>()

/** A copy, since a name that was cut from a head would keep all of it in memory. */
function copyOf (name: string): string {
  return latin1(Buffer.from(name, 'latin1'), 0, name.length)
}

function make (field: string): string {
  return `HTTP_${field.toUpperCase().replaceAll('-', '_')}`
}

/** The name of the variable that a field becomes. @internal */
export function variableOf (field: string): string {
  return young.get(field) ?? find(field)
}

function find (field: string): string {
  if (field.length > LONGEST) return make(field)
  const variable = old.get(field) ?? make(field)
  if (young.size === GENERATION) {
    old = young
    young = new Map()
  }
  young.set(copyOf(field), variable)
  return variable
}
