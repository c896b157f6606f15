// Bodies at and beyond the limits: what is within is passed on whole, what is beyond is refused before it is taken, and memory does not grow
// with the size of either. The command is `gatewire proxy` before `gatewire serve`.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Client, request } from '../http_peer.js'
import { contentOf, MIB } from '../interop/messages.js'
import { type Attacked, attackedProxy, attackedServe, eventually, record, sized, TRANSPORTS } from './attacked.js'

const LIMIT = 3_000_000
const BUFFERED = 500_000

/** Sends content as fast as it is taken: with its length, or in chunks of a MiB. Resolves with the response, at the end or when it comes before. */
async function upload ({ port }: Attacked, path: string, size: number, chunked: boolean): Promise<{ status: number, body: string, sent: number }> {
  const client = new Client(port)
  await client.connected
  client.send(request(`POST ${path} HTTP/1.1`, [chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`, 'Connection: close']))
  const piece = contentOf(Math.min(size, MIB))
  let sent = 0
  while (sent < size && client.ending === undefined && client.received === '') {
    const bytes = piece.subarray(0, Math.min(piece.length, size - sent))
    if (chunked) client.send(`${bytes.length.toString(16)}\r\n`)
    const taken = client.socket.write(bytes)
    if (chunked) client.send('\r\n')
    sent += bytes.length
    if (!taken) await Promise.race([once(client.socket, 'drain').catch(() => {}), client.ended, eventually(() => client.received, text => text !== '', 'something should happen').catch(() => {})])
  }
  if (chunked && client.received === '') client.send('0\r\n\r\n')
  const [response] = await client.wait(1)
  client.socket.destroy()
  return { status: response!.status, body: response!.body, sent }
}

function digestOf (size: number): string {
  const piece = contentOf(Math.min(size, MIB))
  const hash = createHash('sha256')
  for (let at = 0; at < size; at += piece.length) hash.update(piece.subarray(0, Math.min(piece.length, size - at)))
  return `${size} ${hash.digest('hex')}\n`
}

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('huge content is taken whole, or refused, and not held', async () => {
    const server = await attackedServe({ transport })
    const size = sized(64, 1024) * MIB
    const proxy = await attackedProxy(`uwsgi://127.0.0.1:${server.uwsgiPort}`, { transport })
    await upload(proxy, '/digest', 20 * MIB, false)
    const before = [server.residentBytes(), proxy.residentBytes()]
    let peak = [0, 0]
    const watch = setInterval(() => { peak = [server, proxy].map((each, i) => Math.max(peak[i]!, each.residentBytes() - before[i]!)) }, 50)
    const uploads = await Promise.all([upload(server, '/digest', size, false), upload(server, '/digest', size, true), upload(proxy, '/digest', size, false)])
    clearInterval(watch)
    for (const { status, body } of uploads) expect([status, body]).toEqual([200, digestOf(size)])
    // Far less than one of the bodies: a few reads of each connection, and what the garbage collector has not come to.
    expect(Math.max(...peak)).toBeLessThan(150 * MIB)
    // Nobody reads it: 64 KiB are taken, and some that are on the way.
    const unread = await upload(server, '/hello', size, false)
    expect(unread).toMatchObject({ status: 200, body: 'hello\n' })
    const client = new Client(server.port).send(request('POST /digest HTTP/1.1', [`Content-Length: ${2 ** 53}`]))
    expect((await client.wait(1))[0]).toMatchObject({ status: 400 })
    client.socket.destroy()
    record('huge content', transport, { 'MiB each': size / MIB, bodies: uploads.length, 'RSS grew by, MiB, serve': Math.round(peak[0]! / MIB), 'RSS grew by, MiB, proxy': Math.round(peak[1]! / MIB) })
  })

  test('limits are kept to the byte', async () => {
    const server = await attackedServe({ transport })
    const proxy = await attackedProxy(`uwsgi://127.0.0.1:${server.uwsgiPort}`, { transport, args: ['--max-content', String(LIMIT), '--max-buffered', String(BUFFERED)] })
    const before = proxy.descriptors()
    for (let i = 0; i < sized(2, 50); i++) {
      for (const [size, chunked, status] of [[LIMIT, false, 200], [LIMIT + 1, false, 413], [2 ** 53 - 1, false, 413], [BUFFERED, true, 200], [BUFFERED + 1, true, 413], [LIMIT + 1, true, 413]] as const) {
        const { status: got, body } = await upload(proxy, '/digest', size, chunked)
        expect([size, chunked, got]).toEqual([size, chunked, status])
        if (status === 200) expect(body).toBe(digestOf(size))
      }
    }
    const { heard } = await server.counts()
    expect(heard).toBe(2 * sized(2, 50) + 1)
    const after = await eventually(() => proxy.descriptors(), count => count <= before, 'connections should be closed')
    record('content at the limits', transport, { uploads: 6 * sized(2, 50), 'passed on': heard - 1, 'descriptors before': before, 'descriptors after': after })
  })
})
