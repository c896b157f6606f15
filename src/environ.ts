// The environ: from a head index to the plain object that applications get, and what repeated variables mean on the way.
// The fast way is the builder of the head's shape (shapes.ts); the loop here builds the same object for every head.
import { RECORD_WORDS, valueAt } from './head_index.js'
import type { DuplicatePolicy } from './limits.js'

/** Every CGI variable of a request. Own enumerable string properties only; it inherits nothing, so `environ.toString` is undefined. */
export type Environ = Record<string, string>

/** What every environ has as prototype: an object without properties and without a prototype. `__proto__` is a key like any other then. */
export const NOTHING: object = Object.freeze(Object.create(null))

const EmptyEnviron = function () {} as unknown as new () => Environ
EmptyEnviron.prototype = NOTHING

// Fields that are no lists: two of them cannot be joined to one (RFC 9110 section 5.3).
const SINGLE: ReadonlySet<string> = new Set(
  ['HTTP_HOST', 'HTTP_AUTHORIZATION', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH', 'HTTP_REFERER', 'HTTP_USER_AGENT'])

/** What a variable is after it came again: joined where the field is a list and the policy says so, else the last one. @internal */
export function repeated (name: string, earlier: string, later: string, policy: DuplicatePolicy): string {
  if (policy !== 'join' || !name.startsWith('HTTP_') || SINGLE.has(name)) return later
  return `${earlier}${name === 'HTTP_COOKIE' ? '; ' : ', '}${later}`
}

const hasOwn = Object.prototype.hasOwnProperty

/** What the environ of a head is made of, in order. */
export interface Variables {
  readonly names: readonly string[]
  /** Where each value is: the position of a record, or, below 0, `~i` for constant number i. There may be more of them than names. */
  readonly sources: readonly number[]
}

/** Builds an environ variable by variable from the index at word `at`. No name comes again. @internal */
export function buildByLoop (text: string, at: number, { names, sources }: Variables, constants: readonly string[]): Environ {
  const environ = new EmptyEnviron()
  for (let i = 0; i < names.length; i++) {
    const source = sources[i]!
    environ[names[i]!] = source < 0 ? constants[~source]! : valueAt(text, at + RECORD_WORDS * source)
  }
  return environ
}

/** The same for a packet in which names may come again. To ask whether one is there takes longer than to set it. @internal */
export function joinByLoop (text: string, at: number, { names, sources }: Variables, policy: DuplicatePolicy): Environ {
  const environ = new EmptyEnviron()
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const value = valueAt(text, at + RECORD_WORDS * sources[i]!)
    environ[name] = hasOwn.call(environ, name) ? repeated(name, environ[name]!, value, policy) : value
  }
  return environ
}

/** A variable whose value the facts of a head tell, without its bytes: it is `values[facts >>> shift & mask]`, unless that is empty. */
export interface Told {
  readonly name: string
  /** The position of its record. */
  readonly source: number
  readonly values: readonly string[]
  readonly shift: number
  readonly mask: number
}

/**
 * Makes an environ in one go, from the text of its head, the index at word `at` and the facts. Made for one shape by shapes.ts.
 * @internal
 */
export type EnvironBuilder = (text: string, at: number, facts: number, constants: readonly string[]) => Environ
