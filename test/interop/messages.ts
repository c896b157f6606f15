// What tests send: HTTP/1.1 requests as bytes, variables for uwsgi packets, and content. Knows no connection and no server.

/** Latin-1 text of a request without content. `lines`: field lines besides Host. */
export function get (target: string, ...lines: string[]): string {
  return head('GET', target, lines)
}

export function head (method: string, target: string, lines: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: example.test', ...lines, '', ''].join('\r\n')
}

export function post (target: string, content: Uint8Array, ...lines: string[]): Buffer {
  const text = head('POST', target, ['Content-Type: application/octet-stream', `Content-Length: ${content.length}`, ...lines])
  return Buffer.concat([Buffer.from(text, 'latin1'), content])
}

/** A POST whose content goes out in chunks (RFC 9112 section 7.1). */
export function chunked (target: string, pieces: readonly Uint8Array[]): Buffer {
  const parts: Array<Uint8Array | string> = [head('POST', target, ['Transfer-Encoding: chunked'])]
  for (const piece of pieces) parts.push(`${piece.length.toString(16)}\r\n`, piece, '\r\n')
  return Buffer.concat([...parts, '0\r\n\r\n'].map(part => Buffer.from(part as string, 'latin1')))
}

/** Bytes of all values in which no stretch is like another, so that a lost, doubled or moved piece shows. */
export function contentOf (size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let state = 0x9E3779B9
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export const KIB = 1024
export const MIB = 1024 * 1024

/** The CGI variables of a request, as a front end would give them. */
export function variablesOf (method: string, target: string, more: Record<string, string> = {}): Record<string, string> {
  const [pathInfo = '', query = ''] = target.split('?')
  return {
    QUERY_STRING: query,
    REQUEST_METHOD: method,
    CONTENT_TYPE: '',
    REQUEST_URI: target,
    PATH_INFO: pathInfo,
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.7',
    SERVER_PORT: '80',
    SERVER_NAME: 'example.test',
    HTTP_HOST: 'example.test',
    ...more
  }
}
