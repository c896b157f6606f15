// What the connections of a server may expect of their transport (src/server/transport.ts), whichever it is: this file runs over native
// sockets and over those of node:net. Knows no protocol.
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Acceptor, startListener } from '../src/server/listener.js'
import type { Chunk, Receiver, Transport } from '../src/server/transport.js'
import { folder, FrontEnd, until } from './front_end.js'

type Told = 'data' | 'peerEnded' | 'drain' | 'sent' | 'closed'

/** One side of a connection, with everything that its transport tells. */
class Recorder implements Receiver {
  readonly transport: Transport
  readonly calls: Told[] = []
  readonly chunks: Uint8Array[] = []
  /** What to do when something is told, and whether that has returned. */
  react: Partial<Record<Told, () => void>> = {}
  #inside = false
  nested = 0

  constructor (transport: Transport) {
    this.transport = transport
    transport.start(this)
  }

  #tell (what: Told): void {
    if (this.#inside) this.nested++
    this.calls.push(what)
    this.#inside = true
    this.react[what]?.()
    this.#inside = false
  }

  data (bytes: Uint8Array): void { this.chunks.push(bytes); this.#tell('data') }
  peerEnded (): void { this.#tell('peerEnded') }
  drain (): void { this.#tell('drain') }
  sent (): void { this.#tell('sent') }
  closed (): void { this.#tell('closed') }

  /** Calls the transport as its owner: nothing may be told before that returns. */
  call<T> (what: (transport: Transport) => T): T {
    this.#inside = true
    const result = what(this.transport)
    this.#inside = false
    return result
  }

  count (what: Told): number {
    return this.calls.filter(one => one === what).length
  }

  get received (): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }
}

interface Accepting {
  readonly to: number | string
  readonly accepted: Recorder[]
}

/** A listener whose connections are collected. Those that are open in the end are destroyed. */
async function accepting (where: 'tcp' | 'unix' = 'tcp', made: (told: Recorder) => void = () => {}): Promise<Accepting> {
  const accepted: Recorder[] = []
  const acceptor: Acceptor = {
    accept: transport => { const told = new Recorder(transport); accepted.push(told); made(told) },
    failed: error => { throw error }
  }
  const path = `${folder()}/s.sock`
  const listener = await startListener(where === 'unix' ? { path } : { host: '127.0.0.1', port: 0 }, undefined, acceptor)
  onTestFinished(() => {
    listener.close()
    for (const { transport } of accepted) transport.destroy()
  })
  return { to: where === 'unix' ? path : (listener.address() as AddressInfo).port, accepted }
}

async function pair (where?: 'tcp' | 'unix'): Promise<{ told: Recorder, peer: FrontEnd }> {
  const { to, accepted } = await accepting(where)
  const peer = new FrontEnd(to)
  await until(() => accepted.length === 1)
  return { told: accepted[0]!, peer }
}

/** More than the system takes when nobody reads. */
const MUCH = Buffer.alloc(16 * 1024 * 1024, 'much')

/** Writes until it is told to wait. How much was written. */
function fill (told: Recorder): number {
  let size = MUCH.length
  while (told.call(transport => transport.write(MUCH))) size += MUCH.length
  return size
}

describe.each(['tcp', 'unix'] as const)('over %s', where => {
  test('bytes both ways, bytes and text', async () => {
    const { told, peer } = await pair(where)
    peer.send('hello')
    await until(() => told.received === 'hello')
    expect(told.call(transport => transport.write(Buffer.from('one ')))).toBe(true)
    expect(told.call(transport => transport.write('tw\u00F6 '))).toBe(true)
    for (const chunk of ['', Buffer.alloc(0)]) expect(told.call(transport => transport.write(chunk))).toBe(true)
    told.call(transport => transport.end('three'))
    expect(await peer.response()).toBe('one tw\u00F6 three')
    await until(() => told.count('peerEnded') === 1)
    told.call(transport => transport.destroy())
    await until(() => told.count('closed') === 1)
    expect(told.calls).toEqual(['data', 'sent', 'peerEnded', 'closed'])
    expect(told.nested).toBe(0)
  })

  test('bytes that the peer sent together with its end come first, and the answer goes out after it', async () => {
    const { told, peer } = await pair(where)
    const bytes = Buffer.alloc(300_000, 'x')
    peer.socket.end(bytes)
    await until(() => told.count('peerEnded') === 1)
    expect(told.received.length).toBe(bytes.length)
    expect(told.calls.at(-1)).toBe('peerEnded')
    told.call(transport => transport.write('answer'))
    told.call(transport => transport.end())
    expect(await peer.response()).toBe('answer')
  })

  test('the end of a peer that still reads is told once, whatever is sent behind it', async () => {
    const { told, peer } = await pair(where)
    peer.socket.pause()
    peer.socket.end('question')
    await until(() => told.count('peerEnded') === 1)
    let size = 0
    for (let round = 0; round < 3; round++) {
      size += fill(told)
      peer.socket.resume()
      await until(() => told.count('drain') === round + 1)
      peer.socket.pause()
    }
    told.call(transport => transport.end('.'))
    peer.socket.resume()
    expect((await peer.response()).length).toBe(size + 1)
    expect(told.count('peerEnded')).toBe(1)
    expect(told.count('sent')).toBe(1)
    expect(told.nested).toBe(0)
  })

  test('all is sent when the last byte is, though it had to wait', async () => {
    const { told, peer } = await pair(where)
    peer.socket.pause()
    const size = fill(told)
    told.call(transport => transport.end('the end'))
    expect(told.calls).toEqual([])
    peer.socket.resume()
    const received = await peer.response()
    expect(received.length).toBe(size + 7)
    expect(received.endsWith('the end')).toBe(true)
    expect(told.count('sent')).toBe(1)
  })

  test.each(['write', 'end', 'destroy', 'abort'] as const)('%s from within what is told: nobody is called from within his own call', async how => {
    const { to, accepted } = await accepting(where, told => { told.react.data = () => { told.transport[how]('x') } })
    const peer = new FrontEnd(to).send('question')
    if (how === 'write') {
      await until(() => peer.received === 'x')
    } else {
      expect(await peer.response()).toBe(how === 'end' ? 'x' : '')
      if (how !== 'end') await until(() => accepted[0]!.count('closed') === 1)
    }
    expect(accepted[0]!.nested).toBe(0)
  })

  test('after the closing every call does nothing, and nothing is told', async () => {
    const { told, peer } = await pair(where)
    told.call(transport => transport.destroy())
    await until(() => told.count('closed') === 1)
    const chunks: Chunk[] = ['text', Buffer.from('bytes'), MUCH]
    for (const chunk of chunks) {
      told.call(transport => transport.write(chunk))
      told.call(transport => transport.end(chunk))
    }
    for (const call of ['end', 'pause', 'resume', 'abort', 'destroy'] as const) told.call(transport => transport[call]())
    // Another connection, which may well have the number of the first, hears nothing of that.
    const second = await pair(where)
    second.peer.send('second')
    await until(() => second.told.received === 'second')
    for (const call of ['pause', 'end', 'abort', 'destroy'] as const) told.call(transport => transport[call]())
    second.told.call(transport => transport.end('answer'))
    expect(await second.peer.response()).toBe('answer')
    expect(await peer.response()).toBe('')
    expect(told.calls).toEqual(['closed'])
  })

  test('ending twice sends once', async () => {
    const { told, peer } = await pair(where)
    told.call(transport => transport.end('answer'))
    told.call(transport => transport.end())
    await peer.ended
    expect(peer.received).toBe('answer')
    await until(() => told.count('sent') > 0)
    told.call(transport => transport.end())
    peer.send('more')
    await until(() => told.received === 'more')
    expect(told.calls).toEqual(['sent', 'data'])
  })

  test('nothing is read while paused, and everything afterwards', async () => {
    const { told, peer } = await pair(where)
    told.react.data = () => told.transport.pause()
    const text = Array.from({ length: 300_000 }, (_, i) => `${i},`).join('')
    peer.socket.end(text)
    for (let pieces = 1; told.received.length < text.length; pieces++) {
      await until(() => told.chunks.length >= pieces)
      pieces = told.chunks.length
      told.call(transport => transport.resume())
      expect(told.chunks.length).toBe(pieces) // not from within the call
    }
    told.call(transport => transport.resume())
    await until(() => told.count('peerEnded') === 1)
    expect(told.received === text).toBe(true)
  })

  test('a peer that goes while bytes wait for it: closed, and not sent', async () => {
    const { told, peer } = await pair(where)
    peer.socket.pause()
    fill(told)
    if (where === 'tcp') peer.socket.resetAndDestroy()
    else peer.socket.destroy()
    await until(() => told.count('closed') === 1)
    expect(told.count('sent') + told.count('drain')).toBe(0)
    expect(told.calls.at(-1)).toBe('closed')
  })

  test('what is sent to a peer that has gone', async () => {
    const { told, peer } = await pair(where)
    if (where === 'tcp') peer.socket.resetAndDestroy()
    else peer.socket.destroy()
    await until(() => told.calls.length > 0)
    for (let i = 0; i < 3; i++) told.call(transport => transport.write('nobody gets this'))
    told.call(transport => transport.end('nor this'))
    await until(() => told.count('closed') === 1)
    expect(told.nested).toBe(0)
  })
})

describe('abort', () => {
  test('before anything was sent: a reset', async () => {
    const { told, peer } = await pair()
    told.call(transport => transport.abort())
    expect(await peer.ended).toBe('reset')
    await until(() => told.count('closed') === 1)
  })

  test('after some bytes: these, and then a reset', async () => {
    const { told, peer } = await pair()
    told.call(transport => transport.write('half of'))
    told.call(transport => transport.abort())
    expect(await peer.ended).toBe('reset')
    expect(peer.received).toBe('half of')
    await until(() => told.count('closed') === 1)
  })

  // Whether it is a reset or the end for whoever has not read until then, is the system's and his own business.
  test('while bytes wait: some of them', async () => {
    const { told, peer } = await pair()
    peer.socket.pause()
    const size = fill(told)
    told.call(transport => transport.abort())
    await until(() => told.count('closed') === 1)
    peer.socket.resume()
    expect((await peer.response()).length).toBeLessThan(size)
    expect(told.calls).toEqual(['closed'])
  })

  test('twice, and destroyed before its time has come', async () => {
    const { told, peer } = await pair()
    told.call(transport => transport.write('half of'))
    told.call(transport => transport.abort())
    told.call(transport => transport.abort())
    told.call(transport => transport.destroy())
    await peer.ended
    const second = await pair()
    await new Promise(resolve => setTimeout(resolve, 400)) // the time in which the first one would have been reset
    second.told.call(transport => transport.end('answer'))
    expect(await second.peer.response()).toBe('answer')
    expect(told.calls).toEqual(['closed'])
  })
})

test('both addresses, of a unix socket none', async () => {
  const { told, peer } = await pair()
  const { localAddress, localPort, remoteAddress, remotePort } = peer.socket
  const ends = { localAddress: remoteAddress, localPort: remotePort, remoteAddress: localAddress, remotePort: localPort }
  expect(told.transport.ends).toEqual(ends)
  expect(told.transport.remoteAddress).toBe(localAddress)
  const unix = await pair('unix')
  expect(unix.told.transport.ends).toEqual({ localAddress: undefined, localPort: undefined, remoteAddress: undefined, remotePort: undefined })
})
