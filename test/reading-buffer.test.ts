// Sockets that read into one buffer: the bytes of each stay its own, and where a socket cannot do it, it is left as it was.
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readingShared } from '../src/server/reading_buffer.js'
import { until } from './front_end.js'

async function accept (onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onSocket)
  onTestFinished(() => { server.close() })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as AddressInfo).port
}

test('what is kept of one connection is not written over by another', async () => {
  const kept: Uint8Array[][] = []
  const ended: Socket[] = []
  const port = await accept(accepted => {
    const pieces: Uint8Array[] = []
    kept.push(pieces)
    const socket = readingShared(accepted, bytes => pieces.push(bytes))!
    onTestFinished(() => { socket.destroy() })
    socket.on('end', () => ended.push(socket))
    socket.resume()
  })
  const contents = [1, 100, 5000, 300_000].map((size, i) => Buffer.alloc(size, `connection ${i} `))
  const clients = contents.map(content => {
    const client = connect(port, '127.0.0.1')
    onTestFinished(() => { client.destroy() })
    client.write(content.subarray(0, content.length / 2))
    return client
  })
  await until(() => kept.length === contents.length && kept.flat().length >= contents.length - 1)
  for (const [i, client] of clients.entries()) client.end(contents[i]!.subarray(contents[i]!.length / 2))
  await until(() => ended.length === contents.length)
  const came = kept.map(pieces => Buffer.concat(pieces).toString()).sort((a, b) => a.length - b.length)
  expect(came.every((text, i) => text === contents[i]!.toString())).toBe(true)
})

test('a socket has its addresses, pauses and resumes, and answers', async () => {
  let socket: Socket | undefined
  let size = 0
  const port = await accept(accepted => {
    socket = readingShared(accepted, bytes => { size += bytes.length })!
    socket.resume()
  })
  const client = connect(port, '127.0.0.1')
  onTestFinished(() => { client.destroy(); socket?.destroy() })
  client.write('x')
  await until(() => size === 1)
  expect([socket!.remoteAddress, socket!.remotePort, socket!.localPort]).toEqual(['127.0.0.1', client.localPort, port])
  socket!.pause()
  let sent = false
  client.write(Buffer.alloc(20_000_000), () => { sent = true })
  await new Promise(resolve => setTimeout(resolve, 50))
  expect([sent, size]).toEqual([false, 1])
  socket!.resume()
  await until(() => size === 20_000_001)
  const answer = new Promise(resolve => { client.once('data', resolve) })
  socket!.end('answer')
  expect(String(await answer)).toBe('answer')
})

test('a socket without a handle is left alone', () => {
  const socket = new Socket()
  expect(readingShared(socket, () => {})).toBe(undefined)
  expect(socket.destroyed).toBe(false)
  const foreign = Object.assign(new Socket(), { _handle: { readStart: () => 0 } })
  expect(readingShared(foreign, () => {})).toBe(undefined)
  expect(foreign.destroyed).toBe(false)
})
