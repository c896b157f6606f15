// gatewire/client and time: connections that are not made, answers that do not come, and a process that is busy itself.
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { request } from '../src/client/index.js'
import { afterwards, call, closeAll, failure, folder, GET, OK, POST, serve } from './client_peer.js'

afterEach(closeAll)

describe('time-outs', () => {
  test('no connection', async () => {
    // A server whose thread sleeps takes nothing from its queue, which the first connections fill.
    const wake = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(`
      const { parentPort, workerData } = require('node:worker_threads')
      const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        // Not sooner: between the message and its sleep, it would take what is to fill the queue.
        setImmediate(() => {
          parentPort.postMessage(server.address().port)
          Atomics.wait(workerData, 0, 0)
          process.exit()
        })
      })`, { eval: true, workerData: wake })
    const port = await new Promise<number>(resolve => { worker.once('message', resolve) })
    let queued = 0
    const fillers = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.1', () => { queued++ }).on('error', () => {}))
    await expect.poll(() => queued).toBeGreaterThan(1) // one waits to be accepted, and one more before others are turned away
    const error = await failure(request(`uwsgi://127.0.0.1:${port}`, { vars: GET, connectTimeout: 100 }))
    for (const filler of fillers) filler.destroy()
    Atomics.store(wake, 0, 1)
    Atomics.notify(wake, 0)
    await new Promise(resolve => worker.once('exit', resolve))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECT_TIMEOUT' })
    expect(error.message).toContain('within 100 ms')
  })

  describe('a unix socket whose queue is full', () => {
    /** A server that accepts nobody before it is told to, and whose queue is full until then. */
    async function full (): Promise<{ address: string, wake: () => void }> {
      const file = path.join(folder(), 'full.sock')
      const sleep = new Int32Array(new SharedArrayBuffer(4))
      const worker = new Worker(`
        const { parentPort, workerData: { file, sleep } } = require('node:worker_threads')
        const server = require('node:net').createServer(socket => socket.on('error', () => {}).once('data', () => {
          socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello')
        })).listen({ path: file, backlog: 1 }, () => setImmediate(() => {
          parentPort.postMessage('full')
          Atomics.wait(sleep, 0, 0)
        }))`, { eval: true, workerData: { file, sleep } })
      await new Promise(resolve => { worker.once('message', resolve) })
      let refused = 0
      const fillers = Array.from({ length: 8 }, () => net.connect(file).on('error', () => { refused++ }))
      await expect.poll(() => refused).toBeGreaterThan(0)
      const wake = (): void => {
        Atomics.store(sleep, 0, 1)
        Atomics.notify(sleep, 0)
      }
      afterwards(async () => {
        wake()
        for (const filler of fillers) filler.destroy()
        await worker.terminate()
      })
      return { address: `unix:${file}`, wake }
    }

    test('is tried again until it takes the connection', async () => {
      const { address, wake } = await full()
      const answers = [GET, GET, GET].map(async vars => await (await request(address, { vars, content: 'x' })).text())
      setTimeout(wake, 100)
      expect(await Promise.all(answers)).toEqual(['hello', 'hello', 'hello'])
    })

    test('is given up after connectTimeout, with the reason', async () => {
      const { address } = await full()
      const error = await failure(request(address, { vars: GET, connectTimeout: 100 }))
      expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECT_TIMEOUT' })
      expect(error.message).toMatch(/within 100 ms: its queue of connections is full \(listen in uWSGI\)/)
    })

    test('is not tried again after the signal', async () => {
      const { address, wake } = await full()
      const controller = new AbortController()
      const answer = request(address, { vars: POST, content: 'x', signal: controller.signal })
      const reason = new Error('not needed any more')
      setTimeout(() => controller.abort(reason), 50)
      expect(await failure(answer)).toBe(reason)
      wake()
    })
  })

  test('no answer, half a head, half the content', async () => {
    expect(await failure(call(() => {}, { timeout: 50 }))).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_TIMEOUT' })
    expect(await failure(call(socket => socket.write('HTTP/1.1 2'), { timeout: 50 }))).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
    // Long enough for the head to come, however busy the machine is.
    const response = await call(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), { timeout: 1000 })
    const pieces: string[] = []
    const error = await failure((async () => { for await (const piece of response.content) pieces.push(Buffer.from(piece).toString()) })())
    expect([error.code, pieces]).toEqual(['ERR_CLIENT_TIMEOUT', ['half']])
  })

  test('content that the server does not read', async () => {
    const address = await serve(socket => { socket.pause() })
    const error = await failure(request(address, { vars: POST, content: Buffer.alloc(64 << 20), timeout: 100 }))
    expect(error).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
  })

  test('content that nobody reads does not hold the connection for ever', async () => {
    let closed = false
    const response = await call(socket => {
      socket.on('close', () => { closed = true })
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.write(Buffer.alloc(64 << 20))
    }, { timeout: 1000 })
    await expect.poll(() => closed).toBe(true)
    expect(await failure(response.bytes())).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
  })

  test('slow but steady is no reason', async () => {
    const response = await call(async socket => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      for (let i = 0; i < 25; i++) {
        socket.write('x')
        await sleep(50)
      }
      socket.end()
    }, { timeout: 1000 })
    expect(await response.text()).toBe('x'.repeat(25))
  })

  test('a process that was busy: an answer that has come meanwhile is in time', async () => {
    const response = await call(socket => {
      socket.write(OK)
      for (const end = performance.now() + 1500; performance.now() < end;);
    }, { timeout: 1000 })
    expect(await response.text()).toBe('hello')
  })
})
