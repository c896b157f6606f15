// What is answered to a front end whose requests are only looked at: a status and one line of text. Knows no connection.
import { encodeResponseHead, type RequestHead } from '../index.js'

/** RFC 9110 sections 8.6 and 15.3.5, 15.4.5: responses that have no content. */
const WITHOUT_CONTENT = [204, 205, 304]

/** The answer, content included. `head`: of the request; undefined: it was not understood. `keepAlive`: whether the connection goes on. */
export function liveAnswer (status: number, text: string, head: RequestHead | undefined, keepAlive: boolean): Buffer {
  const content = Buffer.from(`${text}\n`)
  const hasContent = !WITHOUT_CONTENT.includes(status)
  const fields: Array<[string, string]> = [
    ...hasContent ? [['Content-Type', 'text/plain'], ['Content-Length', String(content.length)]] as Array<[string, string]> : [],
    ['Cache-Control', 'no-store'],
    ['Connection', keepAlive ? 'keep-alive' : 'close']
  ]
  const isHead = head?.get('REQUEST_METHOD') === 'HEAD'
  return Buffer.concat([encodeResponseHead(status, fields), hasContent && !isHead ? content : Buffer.alloc(0)])
}

/** RFC 9110 section 15.2.1. */
export const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
