// The Date field of responses, made once a second (RFC 9110 sections 5.6.7 and 6.6.1). Knows nothing else of a response.

let second = NaN
let line = ''

/** The field line for now, its line end included. */
export function dateLine (): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    line = `Date: ${new Date(1000 * now).toUTCString()}\r\n` // IMF-fixdate since ECMAScript 2018
  }
  return line
}
