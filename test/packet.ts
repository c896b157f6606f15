// uwsgi packets written by hand for tests, without the encoder under test (uwsgi docs, Protocol).
// Strings are latin-1 here as everywhere: one character, one byte.

export type Var = readonly [key: string, value: string]

const length16 = (length: number): Buffer => Buffer.from([length & 0xFF, length >>> 8])

/** A length and the bytes that it counts. */
export function item (text: string): Buffer {
  return Buffer.concat([length16(text.length), Buffer.from(text, 'latin1')])
}

/** Header and payload, the payload being whatever the test wants. */
export function packetOf (payload: Uint8Array | readonly number[], modifier1 = 0, modifier2 = 0): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from([modifier1, bytes.length & 0xFF, bytes.length >>> 8, modifier2]), bytes])
}

/** A packet with a vars block. */
export function packet (vars: readonly Var[], modifier1 = 0, modifier2 = 0): Buffer {
  return packetOf(Buffer.concat(vars.flat().map(item)), modifier1, modifier2)
}

/** A packet with an array. */
export function arrayPacket (items: readonly string[], modifier1 = 173, modifier2 = 0): Buffer {
  return packetOf(Buffer.concat(items.map(item)), modifier1, modifier2)
}

/** What a front end sends for GET /, in its order. */
export const ordinary: readonly Var[] = [
  ['QUERY_STRING', ''], ['REQUEST_METHOD', 'GET'], ['CONTENT_TYPE', ''], ['CONTENT_LENGTH', ''], ['REQUEST_URI', '/x'], ['PATH_INFO', '/x'],
  ['DOCUMENT_ROOT', '/srv/www'], ['SERVER_PROTOCOL', 'HTTP/1.1'], ['REQUEST_SCHEME', 'http'], ['REMOTE_ADDR', '127.0.0.1'],
  ['REMOTE_PORT', '55555'], ['SERVER_PORT', '80'], ['SERVER_NAME', 'example.test'], ['HTTP_HOST', 'example.test'],
  ['HTTP_X_CUSTOM', 'caf\u00E9'], ['HTTP_ACCEPT', '*/*']
]

/** The environ of variables without repeated names: inherits nothing, in the order of the wire. */
export function environOf (vars: readonly Var[]): Record<string, string> {
  const environ = Object.create(null) as Record<string, string>
  for (const [key, value] of vars) environ[key] = value
  return environ
}

/** Every character that is one byte. */
export const allBytes: string = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))
