// Asking the codec about bytes that it may refuse. Knows no protocol.
import { ProtocolError } from '../index.js'

/** What `read` makes of bytes, or the reason why they were refused. */
export function attempt<T> (read: () => T): T | ProtocolError {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}
