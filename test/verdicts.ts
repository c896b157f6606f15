// What a call threw: a refusal of the peer's bytes, or a mistake of the caller. Fails when it threw anything else, or nothing.
import { expect } from 'vitest'
import { ProtocolError } from '../src/index.js'

function thrownBy (call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('the call threw nothing')
}

export interface Refused { code: string, offset: number, status: number }

/** The facts of the ProtocolError that the call has to throw. */
export function refused (call: () => unknown): Refused {
  const error = thrownBy(call)
  if (!(error instanceof ProtocolError)) throw error
  expect(error.name).toBe('ProtocolError')
  expect(error.message).toContain(String(error.offset))
  return { code: error.code, offset: error.offset, status: error.status }
}

/** Kind and code of the caller's mistake that the call has to throw, such as 'TypeError ERR_INVALID_ARG_TYPE'. */
export function mistake (call: () => unknown): string {
  const error = thrownBy(call)
  if (error instanceof ProtocolError) throw error
  expect(error).toBeInstanceOf(Error)
  const { name, code } = error as Error & { code?: unknown }
  return `${name} ${String(code)}`
}
