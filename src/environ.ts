// The environ: from a head index to the plain object that applications get, and what repeated variables mean on the way.
// The fast way is the constructor of the head's shape (shapes.ts); the loop here builds the same object for every head.
import { binding } from './engine.js'
import { RECORD_WORDS, valueAt } from './head_index.js'
import type { DuplicatePolicy } from './limits.js'

/** Every CGI variable of a request. Own enumerable string properties only; it inherits nothing, so `environ.toString` is undefined. */
export type Environ = Record<string, string>

/** What every environ has as prototype: an object without properties and without a prototype. */
const NOTHING: object = Object.freeze(Object.create(null))

/** @internal A constructor whose objects inherit nothing: `__proto__` is a key like any other there. */
export function withoutInheritance<T extends Function> (constructor: T): T {
  constructor.prototype = NOTHING
  return constructor
}

const EmptyEnviron = withoutInheritance(function () {} as unknown as new () => Environ)

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
  /** Where each value is: the position of a record, or, below 0, `~i` for constant number i. */
  readonly sources: readonly number[]
}

/** Builds an environ variable by variable from the index at word `at`. @internal */
export function buildByLoop (
  text: string, at: number, { names, sources }: Variables, constants: readonly string[], policy: DuplicatePolicy
): Environ {
  const environ = new EmptyEnviron()
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const source = sources[i]!
    const value = source < 0 ? constants[~source]! : valueAt(text, at + RECORD_WORDS * source)
    environ[name] = hasOwn.call(environ, name) ? repeated(name, environ[name]!, value, policy) : value
  }
  return environ
}

/** Builds an environ in one go. Made for one shape by shapes.ts. @internal */
export type EnvironConstructor = new (text: string, slab: Uint32Array, at: number, constants: readonly string[]) => Environ

/** Builds an environ by the constructor of its shape. @internal */
export function buildByShape (construct: EnvironConstructor, text: string, at: number, constants: readonly string[]): Environ {
  return new construct(text, binding.slab, at, constants) // eslint-disable-line new-cap
}
