// gatewire/server with bodies that are made as fast as they can be written: they end with their peer, and others are served meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from './front_end.js'
import { Client, exchange, request, serveHttp } from './http_peer.js'

const PIECE = Buffer.alloc(65536, 'x')
/** More than any system holds for a connection. Without an end, a failure would be a test that never ends. */
const PIECES = 20_000

test('a body that never waits ends when its peer goes', async () => {
  let made = 0
  let closed = false
  async function * body (): AsyncGenerator<Uint8Array> {
    try {
      for (; made < PIECES; made++) yield PIECE
    } finally {
      closed = true
    }
  }
  const { port } = await serveHttp(() => ({ status: 200, body: body() }))
  const client = new Client(port).send(request())
  await until(() => client.received.length > 0)
  client.socket.pause()
  client.socket.resetAndDestroy()
  await until(() => closed)
  expect(made).toBeLessThan(PIECES)
})

test('a body that never waits, of a peer that takes all of it, lets others have their turn', async () => {
  let made = 0
  let turns = 0
  let over = false
  async function * body (): AsyncGenerator<string> {
    for (; made < 1000; made++) yield 'x'
    over = true
  }
  const { port } = await serveHttp(() => ({ status: 200, body: body() }))
  const response = exchange(port, request('/', ['Connection: close']))
  await until(() => made > 0)
  for (; !over; turns++) await nextTurn()
  expect((await response)[0]!.body).toBe('x'.repeat(1000))
  expect(turns).toBeGreaterThan(10)
})
