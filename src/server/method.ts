// Whether a uwsgi packet names a method: what it needs to be a request. Vars are otherwise passed on as they are.
import { ProtocolError, type RequestHead } from '../index.js'

/** token of RFC 9110 section 5.6.2; a method is one (section 9.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const HEADER_BYTES = 4
const LENGTH_BYTES = 2

/** Why a head cannot be handled: its REQUEST_METHOD is missing (then the offset is the end of the packet), empty or no token. */
export function methodFault (head: RequestHead, method: string): ProtocolError | undefined {
  if (TOKEN.test(method)) return undefined
  let at = HEADER_BYTES
  let found = head.byteLength
  for (const [name, value] of head.fields()) {
    if (name === 'REQUEST_METHOD') found = at + LENGTH_BYTES + name.length + LENGTH_BYTES + faultyCharacter(value)
    at += LENGTH_BYTES + name.length + LENGTH_BYTES + value.length
  }
  return new ProtocolError('ERR_UWSGI_BAD_REQUEST_METHOD', found)
}

function faultyCharacter (value: string): number {
  const index = Array.from(value).findIndex(character => !TOKEN.test(character))
  return Math.max(0, index)
}
