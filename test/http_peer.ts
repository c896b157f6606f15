// HTTP servers of the tests, requests as text, and the responses that a connection has carried, told apart. What it expects of responses
// is RFC 9112 and nothing of gatewire.
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createServer, type Handler, type HttpServerOptions, type Server } from '../src/server/index.js'
import { FrontEnd, until } from './front_end.js'

/** A server on a free port of 127.0.0.1 that is closed after the test. */
export async function serveHttp (handler: Handler, options: Partial<HttpServerOptions> = {}): Promise<{ server: Server, port: number }> {
  const server = createServer({ protocol: 'http', drainTimeout: 200, ...options }, handler)
  onTestFinished(() => server.close())
  const { port } = await server.listen(0) as AddressInfo
  return { server, port }
}

/** A GET of HTTP/1.1, or whatever `line` begins with; then field lines and, if it is given, content with its length. */
export function request (line: string = '/', fields: readonly string[] = [], content?: string): string {
  const start = line.startsWith('/') ? `GET ${line} HTTP/1.1` : line
  const length = content === undefined ? [] : [`Content-Length: ${Buffer.byteLength(content, 'latin1')}`]
  return [start, 'Host: a', ...fields, ...length, '', content ?? ''].join('\r\n')
}

export function post (path: string, content: string, ...fields: string[]): string {
  return request(`POST ${path} HTTP/1.1`, fields, content)
}

/** Content in chunks. */
export function chunked (path: string, chunks: readonly string[], ...fields: string[]): string {
  const coded = [...chunks, ''].map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return request(`POST ${path} HTTP/1.1`, ['Transfer-Encoding: chunked', ...fields]) + coded
}

export interface Response {
  readonly status: number
  readonly head: string
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
  /** False: the connection ended before the body did. */
  readonly complete: boolean
  /** The sizes of its chunks, if it came in such. */
  readonly chunks: readonly number[] | undefined
}

function fieldsOf (head: string): Map<string, string> {
  return new Map(head.split('\r\n').slice(1).map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
}

/** The body at the start of some text, and what is left after it. */
function bodyOf (rest: string, fields: ReadonlyMap<string, string>): { body: string, rest: string, complete: boolean, chunks?: number[] } {
  const length = fields.get('content-length')
  if (fields.get('transfer-encoding') !== 'chunked') {
    const end = length === undefined ? rest.length : Number(length)
    return { body: rest.slice(0, end), rest: rest.slice(end), complete: length === undefined || rest.length >= end }
  }
  let body = ''
  const chunks: number[] = []
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/.exec(rest)
    if (line === null) return { body, rest: '', complete: false, chunks }
    const size = parseInt(line[1]!, 16)
    const data = rest.slice(line[0].length, line[0].length + size)
    rest = rest.slice(line[0].length + size)
    body += data
    if (data.length < size || !rest.startsWith('\r\n')) return { body, rest: '', complete: false, chunks }
    rest = rest.slice(2)
    if (size === 0) return { body, rest, complete: true, chunks }
    chunks.push(size)
  }
}

/** The responses in what a connection has carried. `methods`: those of the requests, where one is HEAD. */
export function responsesOf (received: string, methods: readonly string[] = []): Response[] {
  const responses: Response[] = []
  for (let rest = received; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n')
    const head = end < 0 ? rest : rest.slice(0, end)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
    const fields = fieldsOf(head)
    if (end < 0 || Number.isNaN(status)) throw new Error(`no response head: ${JSON.stringify(rest.slice(0, 200))}`)
    rest = rest.slice(end + 4)
    const silent = status < 200 || status === 204 || status === 304 || methods[responses.length] === 'HEAD'
    const found = silent ? { body: '', rest, complete: true } : bodyOf(rest, fields)
    rest = found.rest
    responses.push({ status, head, fields, body: found.body, complete: found.complete, chunks: 'chunks' in found ? found.chunks : undefined })
  }
  return responses
}

/** A connection that is kept open. */
export class Client extends FrontEnd {
  /** The responses so far; heads that have not come completely are waited for by `wait`. */
  responses (methods?: readonly string[]): Response[] {
    return responsesOf(this.received, methods)
  }

  /** Waits for so many complete responses. */
  async wait (count: number, methods?: readonly string[]): Promise<Response[]> {
    await until(() => {
      if (this.ending !== undefined) return true
      try {
        const all = this.responses(methods)
        return all.length >= count && all.every(({ complete }) => complete)
      } catch {
        return false // a head is cut
      }
    })
    return this.responses(methods)
  }
}

/** Sends one text and gets the responses that come until the server closes. The client closes its own direction only after that. */
export async function exchange (port: number, text: string, methods?: readonly string[]): Promise<Response[]> {
  return responsesOf(await new Client(port).send(Buffer.from(text, 'latin1')).response(), methods)
}
