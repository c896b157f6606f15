// gatewire/server with bodies that are made as fast as they can be written: they end with their peer.
import { expect, test } from 'vitest'
import { until } from './front_end.js'
import { Client, request, serveHttp } from './http_peer.js'

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
