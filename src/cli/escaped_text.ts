// Strings with escapes, as shells, C, JavaScript, JSON and Python write bytes: "\x00\x91\x01\x00". Knows no protocol.

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27, '\\': 92, '"': 34, "'": 39, '/': 47, '?': 63 }

/** One character of a string, or an escape. */
const ELEMENT = /\\(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2})|([0-7]{1,3})|([^]))|([^\\])/g

function bytesOf (inner: string): number[] | undefined {
  const bytes: number[] = []
  let length = 0
  for (const [whole, hex, unicode, octal, simple, plain] of inner.matchAll(ELEMENT)) {
    length += whole.length
    const byte = plain !== undefined ? plain.charCodeAt(0)
      : octal !== undefined ? parseInt(octal, 8)
        : simple !== undefined ? SIMPLE[simple] : parseInt((hex ?? unicode)!, 16)
    if (byte === undefined || byte > 0xFF) return undefined
    bytes.push(byte)
  }
  return length === inner.length ? bytes : undefined
}

/** Literals in quotes, one behind the other as C joins them, with what languages put before them (b'', $'') and around them. */
const LITERAL = /\s*(?:u8|[bBuU$])?(?:"((?:[^"\\\n]|\\[^\n])*)"|'((?:[^'\\\n]|\\[^\n])*)')\s*/y

/** The bytes of a string that has an escape in it; undefined: it is none. Without quotes, it has to begin with an escape and be one line. */
export function unescaped (text: string): Uint8Array | undefined {
  const trimmed = text.trim()
  if (!trimmed.includes('\\')) return undefined
  if (/^\\[^\r\n]+$/.test(trimmed)) {
    const bytes = bytesOf(trimmed)
    return bytes && Uint8Array.from(bytes)
  }
  const all: Uint8Array[] = []
  LITERAL.lastIndex = 0
  let at = 0
  while (at < trimmed.length) {
    const match = LITERAL.exec(trimmed)
    const bytes = match === null ? undefined : bytesOf(match[1] ?? match[2]!)
    if (bytes === undefined) return undefined
    all.push(Uint8Array.from(bytes))
    at = LITERAL.lastIndex
  }
  return Buffer.concat(all)
}
