// Errors of the system, as Node makes them of its error numbers. Knows no socket.
import { getSystemErrorName } from 'node:util'

/** `errno` is negative. */
export function systemError (errno: number, syscall: string, address?: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno)
  const error = Object.assign(new Error(`${syscall} ${code}${address === undefined ? '' : ` ${address}`}`), { code, errno, syscall })
  return address === undefined ? error : Object.assign(error, { address })
}
