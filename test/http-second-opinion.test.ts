// Every request of the corpus that is accepted, read by node:http as well: what it makes of them otherwise stands in docs/http-support.md.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { RequestDecoder } from '../src/index.js'
import { compareWithTable, Differences } from './documented_differences.js'
import { httpCases } from './http_corpus.js'
import { exchange } from './interop/http.js'

const accepted = httpCases.filter(({ expect, options }) => !('error' in expect) && Object.keys(options).length === 0)

/** What is compared: variables, and what else a request is. */
type Reading = Record<string, unknown>

function textOf (pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('latin1')
}

/** Field lines as variables, as simply as that can be done. */
function variablesOf (lines: readonly string[]): Reading {
  const variables: Record<string, string> = {}
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i]!.includes('_')) continue
    const name = lines[i]!.toUpperCase().replaceAll('-', '_')
    const key = name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' ? name : `HTTP_${name}`
    const before = variables[key]
    variables[key] = before === undefined ? lines[i + 1]! : `${before}${key === 'HTTP_COOKIE' ? ';' : ','} ${lines[i + 1]!}`
  }
  return variables
}

function readingOf (request: IncomingMessage, content: string, keepAlive: boolean): Reading {
  const { method, url, httpVersion, rawHeaders, rawTrailers } = request
  return { ...variablesOf(rawHeaders), REQUEST_METHOD: method, REQUEST_URI: url, SERVER_PROTOCOL: `HTTP/${httpVersion}`, content, trailers: JSON.stringify(rawTrailers), persistence: keepAlive }
}

/** The same of our decoder. */
function ourReading (bytes: Uint8Array): Reading {
  const decoder = new RequestDecoder({ protocol: 'http' })
  decoder.push(bytes)
  const first = decoder.next()
  if (first?.type !== 'head') throw new Error('it begins with its head')
  const { head } = first
  if (head.upgrade !== undefined) decoder.resume()
  const pieces: Uint8Array[] = []
  let trailers: string[] = []
  for (let event = decoder.next(); event !== null && event.type !== 'head'; event = decoder.next()) {
    if (event.type === 'content') pieces.push(event.bytes)
    else {
      trailers = event.trailers.flat()
      break
    }
  }
  const reading: Reading = { content: textOf(pieces), trailers: JSON.stringify(trailers), persistence: head.keepAlive }
  for (const [name, value] of Object.entries(head.environ)) {
    if (/^(HTTP_|CONTENT_)|^(REQUEST_METHOD|REQUEST_URI|SERVER_PROTOCOL)$/.test(name)) reading[name] = value
  }
  return reading
}

test('node:http reads what we accept as we do, but for what is documented', async () => {
  let seen: Reading | 'upgrade' | 'refused' | undefined
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Uint8Array[] = []
    request.on('data', piece => pieces.push(piece as Uint8Array))
    request.on('error', () => {}) // 'clientError' says it
    request.on('end', () => {
      seen ??= readingOf(request, textOf(pieces), response.shouldKeepAlive)
      response.end()
    })
  }
  const server = createServer(listener)
  onTestFinished(() => { server.close().closeAllConnections() })
  server.on('checkContinue', (request, response) => {
    response.writeContinue()
    listener(request, response)
  })
  server.on('upgrade', (_, socket) => {
    seen ??= 'upgrade'
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  })
  server.on('clientError', (_, socket) => {
    seen ??= 'refused'
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const differences = new Differences()
  for (const { name, bytes } of accepted) {
    seen = undefined
    await exchange(port, bytes)
    await expect.poll(() => seen, { message: name }).toBeDefined()
    const theirs = seen as unknown as Reading | string // assigned meanwhile
    if (typeof theirs === 'string') differences.note(theirs, name)
    else differences.compare(name, theirs, ourReading(bytes))
  }
  expect(accepted.length).toBeGreaterThan(150)
  expect(compareWithTable("Beside Node's http", differences)).toEqual([])
})
