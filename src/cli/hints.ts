// Recognises what is not meant for a port but arrives there, by its first bytes, and says what to change. Hints only: whether bytes are
// accepted is the codec's to say.

export interface Hint {
  readonly code:
    | 'HTTP_REQUEST' | 'HTTP2' | 'HTTP_RESPONSE' | 'UWSGI' | 'TLS' | 'PROXY_V1' | 'PROXY_V2' | 'FASTCGI' | 'SCGI' | 'SNMP' | 'TEXT' | 'BIG_ENDIAN'
  readonly message: string
}

/** What a port expects, as it is called, and as nginx is told to send it. */
interface Expected {
  readonly packet: string
  readonly port: string
  readonly directive: string
  /** What is to be done about a front end that speaks the other one. */
  readonly mistaken: string
}

const EXPECTED: Readonly<Record<'uwsgi' | 'http', Expected>> = {
  uwsgi: {
    packet: 'a uwsgi packet',
    port: 'a uwsgi port',
    directive: 'uwsgi_pass',
    mistaken: 'the front end has to speak uwsgi (nginx: uwsgi_pass), or the server HTTP'
  },
  http: {
    packet: 'an HTTP/1.x request',
    port: 'an HTTP port',
    directive: 'proxy_pass',
    mistaken: 'the front end has to speak HTTP (nginx: proxy_pass), or the server uwsgi'
  }
}

/** How another protocol begins: as latin-1 text or, where bytes are not text, as hex digits. */
interface Signature {
  code: Hint['code']
  text?: RegExp
  hex?: RegExp
  message: (expected: Expected) => string
}

const SIGNATURES: readonly Signature[] = [
  // RFC 9113 section 3.4: the connection preface.
  {
    code: 'HTTP2',
    text: /^PRI \* HTTP\/2/,
    message: ({ packet, mistaken }) => `This is the beginning of an HTTP/2 connection, not ${packet}: ${mistaken}.`
  },
  {
    code: 'HTTP_RESPONSE',
    text: /^HTTP\//,
    message: () => 'This is an HTTP response: what a server answers, not what it is sent.'
  },
  // RFC 8446 section 5.1: handshake record, version 3.x, length; section 4: client_hello is 1.
  {
    code: 'TLS',
    hex: /^16030[0-4].{4}01/,
    message: () => 'This is a TLS ClientHello: the client speaks TLS (https://; nginx: suwsgi://) to a port without it.'
  },
  // PROXY protocol sections 2.1 and 2.2.
  {
    code: 'PROXY_V1',
    text: /^PROXY (?:TCP4|TCP6|UNKNOWN)/,
    message: ({ port }) => `This is a PROXY protocol header, version 1: the load balancer in front must not send one to ${port}.`
  },
  {
    code: 'PROXY_V2',
    hex: /^0d0a0d0a000d0a515549540a/,
    message: ({ port }) => `This is a PROXY protocol header, version 2: the load balancer in front must not send one to ${port}.`
  },
  // FastCGI specification section 3.3: version 1, BEGIN_REQUEST, an id, 8 bytes of content.
  {
    code: 'FASTCGI',
    hex: /^0101.{4}0008/,
    message: ({ directive }) => `This is a FastCGI record: the front end uses FastCGI (nginx: fastcgi_pass, not ${directive}).`
  },
  // SCGI: a netstring whose first header is CONTENT_LENGTH.
  {
    code: 'SCGI',
    text: /^[1-9][0-9]{0,8}:CONTENT_LENGTH/,
    message: ({ directive }) => `This is an SCGI request: the front end uses SCGI (nginx: scgi_pass, not ${directive}).`
  },
  // ASN.1 SEQUENCE, length, INTEGER version 0 or 1, OCTET STRING community.
  { code: 'SNMP', hex: /^30(?:[0-7].|81..|82.{4})02010[01]04/, message: ({ packet }) => `This is an SNMP message, not ${packet}.` },
  // RFC 9112 section 3, behind the others, whose first word may be a method too: one that is known, or one before a target.
  {
    code: 'HTTP_REQUEST',
    text: /^(?:\r\n)?(?:(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) |[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20} (?:\/|\* HTTP|https?:))/,
    message: ({ packet, mistaken }) => `This is an HTTP request, not ${packet}: ${mistaken}.`
  },
  // uwsgi docs, Protocol: modifier1 0, datasize, modifier2, the length of the first key, which is a CGI variable.
  {
    code: 'UWSGI',
    text: /^\0[^][^][^][\x01-\xFF]\0[A-Z][A-Z_]/, // oxlint-disable-line no-control-regex
    message: ({ packet, mistaken }) => `This is a uwsgi packet, not ${packet}: ${mistaken}.`
  }
]

const SIGNATURE_BYTES = 64
/** Shorter ones may be the beginning of anything. */
const LEAST_TEXT = 8

function littleEndian (bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8
}

/** The other protocol that begins like these bytes, or undefined. `protocol`: what they were taken for. */
export function recognise (bytes: Uint8Array, protocol: 'uwsgi' | 'http'): Hint | undefined {
  const start = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES))
  const asText = start.toString('latin1')
  const asHex = start.toString('hex')
  const found = SIGNATURES.find(({ text, hex }) => text?.test(asText) ?? hex?.test(asHex))
  if (found === undefined || found.code === (protocol === 'http' ? 'HTTP_REQUEST' : 'UWSGI')) return undefined
  const message = found.message(EXPECTED[protocol])
  if (protocol === 'http') return { code: found.code, message }
  const [modifier1, , , modifier2] = bytes
  const header = `modifier1 ${modifier1}, datasize ${littleEndian(bytes, 1)}, modifier2 ${modifier2}`
  const reading = `A uwsgi server reads its first four bytes as ${header}: the numbers to look for in logs.`
  return { code: found.code, message: `${message} ${reading}` }
}

/** Text that is neither a request nor a dump that could be read. */
export function plainText (bytes: Uint8Array): Hint | undefined {
  if (bytes.length < LEAST_TEXT || !/^[\t\r\n\x20-\x7E]+$/.test(Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString('latin1'))) return undefined
  const message = 'This is text, neither a uwsgi packet nor an HTTP/1.x request. Hex dumps and strings with escapes are read when there is nothing else in the input: ' +
    '--input hex and --input string insist.'
  return { code: 'TEXT', message }
}

function bigEndian (bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!
}

function swappedHint (what: string, announced: number, swapped: number): Hint {
  const otherwise = `this ${what}, ${announced}, would be ${swapped} the other way round, which fits`
  return { code: 'BIG_ENDIAN', message: `Lengths of uwsgi are little-endian (low byte first): ${otherwise}.` }
}

/** A datasize that makes sense only with its bytes swapped: the sender wrote it big-endian. `total`: bytes in all. */
export function swappedDatasize (bytes: Uint8Array, total: number): Hint | undefined {
  const swapped = bigEndian(bytes, 1)
  // The whole input, or the first key length swapped too: keys of 256 bytes and more are rare.
  if (swapped + 4 !== total && (swapped + 4 > total || swapped < 2 || bytes[4] !== 0)) return undefined
  return swappedHint('datasize', littleEndian(bytes, 1), swapped)
}

/** The same for the length of a key, value or item: `announced` leaves the block, of which `left` bytes are left. */
export function swappedLength (announced: number, left: number): Hint | undefined {
  const swapped = announced >> 8
  // Only where the low byte is zero: that is how small lengths look when they are swapped.
  if ((announced & 0xFF) !== 0 || swapped > left) return undefined
  return swappedHint('length', announced, swapped)
}
