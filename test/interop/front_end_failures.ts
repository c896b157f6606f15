// Cases about what goes wrong on the way through a front end: clients that go, clients that are slow, responses that are cut, servers that
// are replaced, many at once.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerRequest } from '../../src/server/index.js'
import { leaveSocketBehind } from './abandoned_socket.js'
import type { Application, Listen } from './application.js'
import { client, type FrontEnd, gate, GENEROUS, type Setting, startSetting, stopSetting, until, untilStill } from './front_end.js'
import { exchange, request, slowly } from './http.js'
import { contentOf, get, head, KIB, MIB, post } from './messages.js'

/** More than the buffers of all sockets on the way hold. */
const PLENTY = 48 * MIB
const PIECE = 64 * KIB

/** A POST without its content. */
function postHead (target: string, length: number): string {
  return head('POST', target, [`Content-Length: ${length}`])
}

/** The reason why a handler could not read its content, and the number of bytes that it had got. */
async function readUntilFailure (request: ServerRequest): Promise<{ bytes: number, error: unknown }> {
  let bytes = 0
  try {
    for await (const piece of request.content) bytes += piece.length
    return { bytes, error: undefined }
  } catch (error) {
    return { bytes, error }
  }
}

function aborted (signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason)
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(signal.reason)))
}

const PEER_CLOSED = expect.objectContaining({ code: 'ERR_SERVER_PEER_CLOSED' }) as unknown

export function failureCases (frontEnd: FrontEnd, listen: Listen): void {
  describe(`failures over ${listen}`, GENEROUS, () => {
    let setting: Setting
    let application: Application
    let port: number
    beforeAll(async () => {
      setting = await startSetting(frontEnd, listen, true)
      application = setting.application
      port = setting.peer.port
    })
    afterAll(() => stopSetting(setting))

    /** The front end and the server still work together. */
    async function expectHello (): Promise<void> {
      expect(await request(port, get('/hello'))).toMatchObject({ status: 200, content: Buffer.from('hello') })
    }

    it.each(['closes', 'resets'] as const)('a client that %s inside its content ends the content and aborts the signal', async how => {
      const started = gate()
      const outcome = gate<Awaited<ReturnType<typeof readUntilFailure>>>()
      const reason = gate<unknown>()
      application.answer('/upload', async request => {
        void aborted(request.signal).then(reason.open)
        started.open()
        outcome.open(await readUntilFailure(request))
        return { status: 200 }
      })
      const socket = client(port)
      socket.write(postHead('/upload', 100_000) + 'x'.repeat(1000))
      await started.opened
      if (how === 'closes') socket.destroy()
      else socket.resetAndDestroy()
      const { bytes, error } = await outcome.opened
      expect(error).toMatchObject({ code: 'ERR_UWSGI_CONTENT_TRUNCATED' })
      expect(bytes).toBeLessThanOrEqual(1000)
      expect(await reason.opened).toEqual(PEER_CLOSED)
      await expectHello()
    })

    if (frontEnd.noticesAbsence) {
      it('a client that goes before the response aborts the signal', async () => {
        const started = gate()
        const reason = gate<unknown>()
        application.answer('/wait', async ({ signal }) => {
          started.open()
          reason.open(await aborted(signal))
          throw signal.reason
        })
        const socket = client(port)
        socket.write(get('/wait'))
        await started.opened
        socket.destroy()
        expect(await reason.opened).toEqual(PEER_CLOSED)
        expect(application.errors).not.toContain(await reason.opened)
        await expectHello()
      })
    }

    it('a client that goes inside the response aborts the signal and closes the body', async () => {
      const reason = gate<unknown>()
      const closed = gate()
      application.answer('/endless', ({ signal }) => {
        void aborted(signal).then(reason.open)
        return {
          status: 200,
          body: (async function * () {
            try {
              for (;;) {
                yield Buffer.alloc(PIECE)
                await new Promise(resolve => setImmediate(resolve))
              }
            } finally {
              closed.open()
            }
          })()
        }
      })
      const answer = await exchange(port, get('/endless'), { abortAfterReceived: 100_000 })
      expect(answer.end).toBe('aborted')
      expect(await reason.opened).toEqual(PEER_CLOSED)
      await closed.opened
      await expectHello()
    })

    it.each([64 * KIB, MIB, 24 * MIB])('a handler may answer before it has read %i bytes of content, or any', async size => {
      application.answer('/early', () => ({ status: 404, body: 'not read' }))
      const response = await request(port, post('/early', contentOf(size)))
      expect(response).toMatchObject({ status: 404, content: Buffer.from('not read') })
      await expectHello()
    })

    it('a client that sends slowly is read as its content comes', async () => {
      const firstSeen = gate()
      const content = contentOf(3000)
      application.answer('/trickle', async request => {
        const pieces: Uint8Array[] = []
        for await (const piece of request.content) {
          pieces.push(piece)
          firstSeen.open()
        }
        return { status: 200, body: pieces }
      })
      const response = await request(port, (async function * () {
        yield postHead('/trickle', content.length)
        yield content.subarray(0, 10)
        await firstSeen.opened
        yield * slowly(content.subarray(10), 100, 2)
      })())
      expect(response.content.equals(content)).toBe(true)
    })

    it('a handler that does not read makes the client wait', async () => {
      const read = gate()
      application.answer('/later', async request => {
        await read.opened
        const { bytes } = await readUntilFailure(request)
        return { status: 200, body: String(bytes) }
      })
      const piece = contentOf(PIECE)
      let sent = 0
      const answer = request(port, (async function * () {
        yield postHead('/later', PLENTY)
        for (; sent < PLENTY; sent += PIECE) yield piece
      })())
      await untilStill(() => sent)
      expect(sent).toBeLessThan(PLENTY)
      read.open()
      expect((await answer).content.toString()).toBe(String(PLENTY))
    })

    it('a client that receives slowly makes the body wait', async () => {
      const piece = contentOf(PIECE)
      let made = 0
      application.answer('/plenty', () => ({
        status: 200,
        headers: { 'Content-Length': String(PLENTY) },
        body: (async function * () { for (; made < PLENTY; made += PIECE) yield piece })()
      }))
      const socket = client(port)
      let received = 0
      socket.pause().on('data', bytes => { received += bytes.length })
      socket.write(get('/plenty', 'Connection: close'))
      await untilStill(() => made)
      expect(made).toBeLessThan(PLENTY)
      socket.resume()
      await once(socket, 'end')
      await until(() => made === PLENTY) // the last piece is counted when the next one is asked for
      expect(received).toBeGreaterThan(PLENTY)
      expect(received).toBeLessThan(PLENTY + 1000)
    })

    it('200 connections at once, with content', async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, async (_, i) => {
        const content = Buffer.concat([Buffer.from(`request ${i} `), contentOf(16 * KIB)])
        const response = await request(port, post('/echo', content, 'Connection: close'))
        return response.status === 200 && response.content.equals(content)
      }))
      expect(answers).toEqual(Array(200).fill(true))
    })
  })
}

/**
 * A response that was cut after it had begun. Over TCP the cut is a reset; a unix socket has none, so there a front end has to count the
 * bytes, as nginx does.
 */
export function cutCases (frontEnd: FrontEnd, listen: Listen): void {
  describe(`a response that is cut over ${listen}`, GENEROUS, () => {
    let setting: Setting
    beforeAll(async () => { setting = await startSetting(frontEnd, listen, true) })
    afterAll(() => stopSetting(setting))

    type Cut = [what: string, length: string | undefined, parts: string[], failure: Error | undefined]
    const cuts: Cut[] = [
      ['short of its Content-Length', '10', ['sho', 'rt'], undefined],
      ['longer than its Content-Length', '7', ['lon', 'ger', 'than announced'], undefined],
      ['failing before its Content-Length', '10', ['sho'], new Error('midway')]
    ]
    // There is no reset on a unix socket, so the end of the connection ends such a response in good order.
    if (listen === 'tcp') cuts.push(['failing, of unknown length', undefined, ['sho'], new Error('midway')])
    it.each(cuts)('%s ends the connection of the client, and nothing follows', async (_what, length, parts, failure) => {
      const { application, peer } = setting
      let seen = ''
      application.answer('/cut', () => ({
        status: 200,
        headers: length === undefined ? {} : { 'Content-Length': length },
        body: (async function * () {
          let made = ''
          for (const part of parts) {
            yield part
            // A front end that finds bytes and the reset after them at once may lose the reset.
            made += part
            await until(() => seen.includes(made))
          }
          if (failure !== undefined) throw failure
        })()
      }))
      const answer = await exchange(peer.port, get('/cut') + get('/hello'), {
        untilClose: true,
        onReceived: bytes => { seen += bytes.toString('latin1') }
      })
      expect(answer.response).toMatchObject({ status: 200, complete: false })
      const whole = parts.join('')
      expect(whole.startsWith(answer.response!.content.toString())).toBe(true)
      if (length !== undefined) expect(answer.response!.content.length).toBeLessThan(Number(length))
      expect(answer.received.toString('latin1').match(/HTTP\/1/g)).toHaveLength(1)
    })
  })
}

/** Front ends may take a moment to try again a server that was not there. */
async function untilAnswered (port: number): Promise<void> {
  while ((await request(port, get('/hello'))).status !== 200) await sleep(20)
}

/** A server that is replaced by another one on the same address. */
export function restartCases (frontEnd: FrontEnd, listen: Listen): void {
  describe(`a server that is replaced, over ${listen}`, GENEROUS, () => {
    let setting: Setting
    beforeAll(async () => { setting = await startSetting(frontEnd, listen, true) })
    afterAll(() => stopSetting(setting))

    it('finishes its requests, and the next one answers', async () => {
      const { application, peer } = setting
      const started = gate()
      const go = gate()
      application.answer('/running', async request => {
        const content = await request.bytes()
        started.open()
        await go.opened
        return { status: 200, body: content }
      })
      const running = request(peer.port, post('/running', contentOf(100_000)))
      await started.opened
      const stopped = application.stop()
      // One that comes in the moment of closing may be connected by the system, and then have nobody who reads it.
      let { status } = await request(peer.port, get('/hello'))
      if (status !== frontEnd.noServer) {
        expect(status).toBeGreaterThanOrEqual(500)
        status = (await request(peer.port, get('/hello'))).status
      }
      expect(status).toBe(frontEnd.noServer)
      go.open()
      expect((await running).content.equals(contentOf(100_000))).toBe(true)
      await stopped
      await application.startAgain()
      await untilAnswered(peer.port)
    })

    it('under load: each request is answered by a server or refused by the front end', async () => {
      const { application, peer } = setting
      const statuses: number[] = []
      let done = false
      const load = Array.from({ length: 8 }, async () => {
        while (!done) {
          const response = await request(peer.port, post('/echo', contentOf(5000)))
          statuses.push(response.status)
          if (response.status === 200) expect(response.content.equals(contentOf(5000))).toBe(true)
        }
      })
      for (let round = 0; round < 3; round++) {
        const before = statuses.length
        await until(() => statuses.length >= before + 16)
        await application.stop()
        await application.startAgain()
        await untilAnswered(peer.port)
      }
      const before = statuses.length
      await until(() => statuses.length >= before + 16 && statuses.slice(-16).every(status => status === 200))
      done = true
      await Promise.all(load)
      // No response: the connection was made, and had not been accepted yet when the server stopped listening.
      expect([200, frontEnd.noServer, frontEnd.noResponse]).toEqual(expect.arrayContaining([...new Set(statuses)]))
    })

    if (listen === 'unix') {
      it('takes the place of one that was killed and left its socket behind', async () => {
        const { application, peer } = setting
        await application.stop()
        const file = application.upstream.slice('unix:'.length)
        await leaveSocketBehind(file)
        expect((await request(peer.port, get('/hello'))).status).toBe(frontEnd.noServer)
        await application.startAgain()
        await untilAnswered(peer.port)
      })
    }
  })
}
