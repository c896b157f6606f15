// A case of corpus/http as the first of two requests on a connection of a server, and what has to come back: what is accepted is answered,
// and the request behind it too if the connection may go on; what is refused is answered with its status, and nothing after it. Knows no
// server; the one that is asked reads all content before it answers.
import { expect } from 'vitest'
import { ProtocolError } from '../src/index.js'
import type { HttpCase } from './http_corpus.js'
import { Client, request, responsesOf, type Response } from './http_peer.js'

/** Where the second request goes, behind a mount point if there is one. */
export const SECOND = '/second-of-the-test'

/** All that comes for some bytes, the client's side being closed behind them. */
async function answers (port: number, bytes: Buffer): Promise<{ client: Client, responses: Response[] }> {
  const client = new Client(port).send(bytes)
  client.socket.end()
  await client.ended
  const isHead = bytes.toString('latin1').trimStart().startsWith('HEAD ')
  return { client, responses: responsesOf(client.received, isHead ? ['HEAD'] : []) }
}

/** Sends the case to a server and judges what it answers. Gives the responses. */
export async function judge (port: number, { bytes, expect: expected, options }: HttpCase): Promise<readonly Response[]> {
  const refused = 'error' in expected
  const truncated = refused && expected.error.endsWith('_TRUNCATED')
  const second = truncated ? '' : request(options['mount'] === undefined ? SECOND : `${options['mount'] as string}${SECOND}`)
  const { client, responses: all } = await answers(port, Buffer.concat([bytes, Buffer.from(second)]))
  expect(client.ending).toBe('end')
  const responses = all.filter(({ status }) => status !== 100) // whether a server says that it waits for content that has come, is up to it
  expect(responses.every(({ complete }) => complete)).toBe(true)
  const last = responses.at(-1)!
  if (refused) {
    const { message } = new ProtocolError(expected.error as ProtocolError['code'], expected.offset)
    expect([last.status, last.fields.get('connection')]).toEqual([expected.status, 'close'])
    if (!bytes.toString('latin1').trimStart().startsWith('HEAD ')) expect(last.body).toBe(`${message}\n`)
    expect(responses.slice(0, -1).map(({ status }) => status)).toEqual(expected.before?.complete === true ? [200] : [])
    return responses
  }
  expect(responses[0]!.status).toBe(200)
  if (!expected.keepAlive) expect([responses.length, last.fields.get('connection')]).toEqual([1, 'close'])
  else if (options['limits'] === undefined) expect([responses.length, last.status]).toEqual([2, 200])
  return responses
}
