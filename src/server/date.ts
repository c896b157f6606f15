// The Date field of responses, made once a second (RFC 9110 sections 5.6.7 and 6.6.1). Knows nothing else of a response.

let line = ''

/** The field line for now, its line end included. */
export function dateLine (): string {
  if (line === '') {
    const now = Date.now()
    line = `Date: ${new Date(now).toUTCString()}\r\n` // IMF-fixdate since ECMAScript 2018
    setTimeout(forget, 1000 - now % 1000).unref()
  }
  return line
}

function forget (): void {
  line = ''
}
