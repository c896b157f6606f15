// Our client and uWSGI when something goes wrong: requests that are given up, servers that refuse, are gone, or answer what no framework
// would. The verdicts are those of docs/uwsgi-support-responses.md.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { request } from '../../src/client/index.js'
import { GENEROUS, until } from './front_end.js'
import { contentOf, KIB, MIB, variablesOf } from './messages.js'
import { leaveSocketBehind } from './abandoned_socket.js'
import { describeWithPeers } from './peers/availability.js'
import { temporaryFolder } from './peers/process.js'
import { startUwsgi } from './peers/uwsgi.js'
import { RunningUwsgi, uwsgiForSuite } from './running_uwsgi.js'

/** What an error has to have. */
function clientError (code: string, message: RegExp): object {
  return { name: 'ClientError', code, message: expect.stringMatching(message) as unknown }
}

describeWithPeers('flask', 'our client gives up', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const uwsgi = uwsgiForSuite({ listen })

    async function expectPage (): Promise<void> {
      expect(await (await uwsgi().get('/')).text()).toContain('hello from Flask')
    }

    it('before the answer, by a signal', async () => {
      const controller = new AbortController()
      const answer = uwsgi().send({ vars: variablesOf('GET', '/slow?seconds=0.3'), signal: controller.signal })
      const reason = new Error('not needed any more')
      setImmediate(() => controller.abort(reason))
      await expect(answer).rejects.toBe(reason)
      await expectPage()
    })

    it('inside the answer, by a signal', async () => {
      const controller = new AbortController()
      const response = await uwsgi().send({ vars: variablesOf('GET', '/stream?parts=200&pause=0.05'), signal: controller.signal })
      const parts: string[] = []
      const reading = (async () => {
        for await (const part of response.content) {
          parts.push(Buffer.from(part).toString())
          controller.abort()
        }
      })()
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
      expect(parts.join('')).toMatch(/^part 0\n/)
      expect(parts.join('')).not.toContain('part 199')
      await expectPage()
    })

    it('inside its own content, by a signal', async () => {
      const controller = new AbortController()
      let closed = false
      async function * content (): AsyncGenerator<Uint8Array> {
        try {
          yield contentOf(KIB)
          setImmediate(() => controller.abort())
          await new Promise(resolve => controller.signal.addEventListener('abort', resolve))
          yield contentOf(KIB)
        } finally {
          closed = true
        }
      }
      const vars = variablesOf('POST', '/echo', { CONTENT_LENGTH: String(10 * KIB) })
      const answer = uwsgi().send({ vars, content: content(), signal: controller.signal })
      await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
      await until(() => closed)
      await expectPage()
    })

    it('by leaving the loop', async () => {
      const response = await uwsgi().get('/big?bytes=20000000')
      for await (const part of response.content) {
        expect(part.length).toBeGreaterThan(0)
        break
      }
      await expectPage()
    })

    it('when nothing comes for the time-out', async () => {
      const answer = uwsgi().send({ vars: variablesOf('GET', '/slow?seconds=5'), timeout: 100 })
      await expect(answer).rejects.toMatchObject(clientError('ERR_CLIENT_TIMEOUT', / 100 ms/))
      await expectPage()
    })

    it('not when parts come in time, however long the whole takes', async () => {
      const response = await uwsgi().send({ vars: variablesOf('GET', '/stream?parts=8&pause=0.5'), timeout: 3000 })
      expect(await response.text()).toMatch(/part 7\n$/)
    })

    it.each([10, 64 * KIB, MIB])('not when the answer comes before %i bytes of content were read', async size => {
      const response = await uwsgi().send({ vars: variablesOf('POST', '/early'), content: contentOf(size) })
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('not read\n')
      await expectPage()
    })
  })
})

describeWithPeers('flask', 'uWSGI refuses', () => {
  describe('requests beyond its stock limits', GENEROUS, () => {
    const uwsgi = uwsgiForSuite({ listen: 'tcp' })
    const many: Record<string, string> = {}
    for (let i = 0; i < 130; i++) many[`V${i}`] = ''
    const refused = (message: RegExp): object => clientError('ERR_RESPONSE_EMPTY', message)

    it('for their size, which the error says, and nothing else', async () => {
      const answer = uwsgi().get('/', { HTTP_X_LARGE: 'v'.repeat(4096) })
      const reason = /: its variables take \d+ bytes, and uWSGI accepts 4096 unless buffer-size is set$/
      await expect(answer).rejects.toMatchObject(refused(reason))
      await until(() => uwsgi().peer.log().includes('invalid request block size'))
    })

    it('for the number of variables, which the error says, and nothing else', async () => {
      const answer = uwsgi().get('/', many)
      await expect(answer).rejects.toMatchObject(refused(/: it has 140 variables, and uWSGI accepts 128 unless max-vars is set$/))
      await until(() => uwsgi().peer.log().includes('max vec size reached'))
    })

    it('for both, and the error says both', async () => {
      const answer = uwsgi().get('/', { ...many, HTTP_X_LARGE: 'v'.repeat(4096) })
      await expect(answer).rejects.toMatchObject(refused(/buffer-size is set; it has 141 variables/))
    })

    it('that are just within are answered', async () => {
      const vars: Record<string, string> = variablesOf('GET', '/')
      while (Object.keys(vars).length < 128) vars[`V${Object.keys(vars).length}`] = ''
      const size = Object.entries(vars).reduce((sum, [name, value]) => sum + 4 + name.length + value.length, 0)
      vars['SERVER_NAME'] += 'x'.repeat(4096 - size)
      expect((await uwsgi().send({ vars })).status).toBe(200)
      vars['SERVER_NAME'] += 'x'
      await expect(uwsgi().send({ vars })).rejects.toMatchObject(refused(/take 4097 bytes/))
    })

    it('for another reason, and the error sends to the log', async () => {
      const answer = uwsgi().send({ vars: variablesOf('GET', '/'), modifier1: 77 })
      await expect(answer).rejects.toMatchObject(refused(/: the server's log says why$/))
      await until(() => uwsgi().peer.log().includes('unavailable modifier requested: 77'))
      await expect(uwsgi().send({ vars: {} })).rejects.toMatchObject(refused(/: the server's log says why$/))
    })
  })

  describe('connections', GENEROUS, () => {
    it('when it is gone (tcp)', async () => {
      const uwsgi = new RunningUwsgi(await startUwsgi({ listen: 'tcp' }))
      await uwsgi.peer.stop()
      await expect(uwsgi.get('/')).rejects.toMatchObject(clientError('ERR_CLIENT_REFUSED', / listens on 127\.0\.0\.1:\d+: /))
    })

    it('when its socket is gone (unix)', async () => {
      const uwsgi = new RunningUwsgi(await startUwsgi({ listen: 'unix' }))
      await uwsgi.peer.stop()
      await expect(uwsgi.get('/')).rejects.toMatchObject(clientError('ERR_CLIENT_NO_SOCKET', /uwsgi\.sock: /))
    })

    it('when it was killed and left its socket behind (unix)', async () => {
      const folder = await temporaryFolder('stale')
      onTestFinished(() => rm(folder, { recursive: true }))
      const file = path.join(folder, 'up.sock')
      await leaveSocketBehind(file)
      const answer = request(`unix:${file}`, { vars: variablesOf('GET', '/') })
      await expect(answer).rejects.toMatchObject(clientError('ERR_CLIENT_REFUSED', /left over/))
    })
  })
})

describeWithPeers('uwsgi', 'answers that no framework would give', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const uwsgi = uwsgiForSuite({ listen, app: 'wsgi' })

    const refusedHeads = [
      ['/no-start-response', 'ERR_RESPONSE_NO_STATUS'],
      ['/nothing', 'ERR_RESPONSE_EMPTY'],
      ['/interim?100', 'ERR_RESPONSE_HEAD_TRUNCATED'],
      ['/interim?103', 'ERR_RESPONSE_HEAD_TRUNCATED'],
      ['/interim?101', 'ERR_RESPONSE_UPGRADE'],
      ['/chunked', 'ERR_RESPONSE_TRANSFER_ENCODING'],
      ['/chunked-cut', 'ERR_RESPONSE_TRANSFER_ENCODING']
    ] as const
    it.each(refusedHeads)('%s is refused: %s', async (target, code) => {
      await expect(uwsgi().get(target)).rejects.toMatchObject({ code })
    })

    it.each([
      ['/length-too-small', '012', 'ERR_RESPONSE_CONTENT_SURPLUS'],
      ['/length-too-large', '0123456789', 'ERR_RESPONSE_CONTENT_TRUNCATED']
    ])('%s gives %s and then the error %s', async (target, content, code) => {
      const response = await uwsgi().get(target)
      expect(response.status).toBe(200)
      const pieces: Uint8Array[] = []
      const reading = (async () => { for await (const piece of response.content) pieces.push(piece) })()
      await expect(reading).rejects.toMatchObject({ name: 'ProtocolError', code, status: 502 })
      expect(Buffer.concat(pieces).toString()).toBe(content)
    })

    it('an application that fails inside content of unknown length is not noticed', async () => {
      expect(await (await uwsgi().get('/error-midway')).text()).toBe('before the failure\n')
    })

    it('a status and a reason of its own', async () => {
      expect(await uwsgi().get('/odd-reason')).toMatchObject({ status: 299, reason: 'Said By The Application' })
    })

    it('is an answer to SERVER_PROTOCOL, whatever it says', async () => {
      for (const protocol of ['HTTP/1.0', 'HTTP/2.0', 'HTTP/3.0']) {
        expect(await (await uwsgi().get('/', { SERVER_PROTOCOL: protocol })).text()).toBe('hello\n')
      }
    })
  })

  describe('in CGI mode', GENEROUS, () => {
    const uwsgi = uwsgiForSuite({ listen: 'unix', app: 'wsgi', options: ['--cgi-mode'] })

    it('the status is that of the Status field', async () => {
      const response = await uwsgi().get('/odd-reason')
      expect(response).toMatchObject({ status: 299, reason: 'Said By The Application', headers: [['Content-Length', '0']] })
      expect((await uwsgi().get('/nowhere')).status).toBe(404)
    })
  })
})
