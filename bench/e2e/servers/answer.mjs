// The answer that every server of bench/e2e gives: small, so that what is measured is the server.
export const BODY = 'Hello, world!\n'
export const TYPE = 'text/plain; charset=utf-8'
