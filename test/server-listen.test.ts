// gatewire/server: options, addresses, unix sockets, closing.
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer, type RefusedMessage, type Server, type ServerOptions } from '../src/server/index.js'
import { builtEntry } from './built.js'
import { ask, bodyOf, folder, FrontEnd, packet, published, serve, statusOf, until } from './front_end.js'

function make (options: Partial<ServerOptions> = {}): Server {
  const server = createServer({ protocol: 'uwsgi', drainTimeout: 200, ...options }, () => ({ status: 200, body: 'here' }))
  onTestFinished(() => server.close())
  return server
}

/** A socket file whose server is gone without having removed it. */
async function staleSocket (path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', script])
  await once(child, 'exit')
  expect(statSync(path).isSocket()).toBe(true)
}

describe('options', () => {
  const wrong: Array<[unknown, string]> = [
    [undefined, 'ERR_INVALID_ARG_TYPE'], [null, 'ERR_INVALID_ARG_TYPE'], [{}, 'ERR_INVALID_OPTION'], [{ protocol: 'ajp' }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'uwsgi', surplus: 1 }, 'ERR_INVALID_OPTION'], [{ protocol: 'uwsgi', headTimeout: '1' }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'uwsgi', headTimeout: 0 }, 'ERR_OUT_OF_RANGE'], [{ protocol: 'uwsgi', idleTimeout: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ protocol: 'uwsgi', drainTimeout: 2 ** 31 }, 'ERR_OUT_OF_RANGE'], [{ protocol: 'uwsgi', minContentRate: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ protocol: 'uwsgi', maxConnections: Infinity }, 'ERR_OUT_OF_RANGE'], [{ protocol: 'uwsgi', contentGrace: NaN }, 'ERR_OUT_OF_RANGE'],
    [{ protocol: 'uwsgi', limits: { maxVars: -1 } }, 'ERR_OUT_OF_RANGE'], [{ protocol: 'uwsgi', limits: { maxWhat: 1 } }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'uwsgi', duplicates: 'first' }, 'ERR_INVALID_OPTION'], [{ protocol: 'uwsgi', allow: '127.0.0.1' }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'http', duplicates: 'last' }, 'ERR_INVALID_OPTION'], [{ protocol: 'http', mount: '/x/' }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'http', underscores: 'yes' }, 'ERR_INVALID_OPTION'], [{ protocol: 'http', serverName: '' }, 'ERR_INVALID_OPTION'],
    [{ protocol: 'http', scheme: 'ftp' }, 'ERR_INVALID_OPTION'], [{ protocol: 'http', keepAliveTimeout: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ protocol: 'http', limits: { maxHeadBytes: 65536 } }, 'ERR_OUT_OF_RANGE'], [{ protocol: 'http', connection: {} }, 'ERR_INVALID_OPTION'],
    ...['mount', 'underscores', 'serverName', 'scheme', 'keepAliveTimeout']
      .map((name): [unknown, string] => [{ protocol: 'uwsgi', [name]: undefined }, 'ERR_INVALID_OPTION']),
    ...['localhost', '127.0.0.1/33', '::1/129', '127.0.0.1/', '127.0.0.1/8/8', '', 5]
      .map((entry): [unknown, string] => [{ protocol: 'uwsgi', allow: [entry] }, 'ERR_INVALID_OPTION'])
  ]
  test.each(wrong)('%j: %s', (options, code) => {
    expect(() => createServer(options as ServerOptions, () => ({ status: 200 }))).toThrow(expect.objectContaining({ code }))
  })

  test('a handler has to be a function', () => {
    expect(() => createServer({ protocol: 'uwsgi' }, {} as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
  })
})

describe('addresses', () => {
  test.each([0, '0', '127.0.0.1:0', 'localhost:0', '[::1]:0'])('%s', async address => {
    const server = make()
    const bound = await server.listen(address) as AddressInfo
    expect(bound).toEqual(server.address())
    expect(bound.port).toBeGreaterThan(0)
    const loopback = address === 'localhost:0' ? ['127.0.0.1', '::1'] : address === '[::1]:0' ? ['::1'] : ['127.0.0.1']
    expect(loopback).toContain(bound.address)
    if (bound.address === '127.0.0.1') expect(bodyOf(await ask(bound.port, packet()))).toBe('here')
  })

  test.each(['', ':3031', 'a', '*:3031', '1.2.3.4', '::1:3031', '[::1]', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:-1', '127.0.0.1:1a', 65536, -1, 1.5, NaN,
    '65536', 'unix:', 'unix:a\0b', `unix:/${'x'.repeat(107)}`, 'http://127.0.0.1:1', { fd: -1 }, {}, null, undefined])('%j is none', async address => {
    const server = make()
    await expect(server.listen(address as string)).rejects.toMatchObject({ code: 'ERR_INVALID_ADDRESS' })
    expect(server.address()).toBe(null)
  })

  test.each(['tcp', 'unix'])('a file descriptor, as a supervisor hands over (%s)', async kind => {
    const listening = createNetServer()
    onTestFinished(() => { listening.close() })
    const path = `${folder()}/s.sock`
    listening.listen(kind === 'tcp' ? { port: 0, host: '127.0.0.1' } : { path })
    await once(listening, 'listening')
    const { fd } = (listening as unknown as { _handle: { fd: number } })._handle
    // Nobody is in the allow list, so only a unix socket lets anybody in.
    const script = `import { createServer } from ${JSON.stringify(new URL('server/index.js', builtEntry()).href)}
      const server = createServer({ protocol: 'uwsgi', allow: ${kind === 'tcp' ? 'undefined' : '[]'} }, () => ({ status: 200, body: 'from the child' }))
      await server.listen({ fd: 3 })
      console.log('listening')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit', fd] })
    onTestFinished(() => { child.kill('SIGKILL') })
    await once(child.stdout!, 'data')
    const to = kind === 'tcp' ? (listening.address() as AddressInfo).port : `${path}.kept`
    if (kind === 'unix') renameSync(path, `${path}.kept`) // the next line would remove it
    listening.close()
    expect(bodyOf(await ask(to, packet()))).toBe('from the child')
  })

  test('several for one server', async () => {
    const path = `${folder()}/s.sock`
    const server = make()
    const { port } = await server.listen(0) as AddressInfo
    const second = await server.listen(0) as AddressInfo
    expect(await server.listen(`unix:${path}`)).toBe(path)
    expect(server.address()).toMatchObject({ port })
    for (const to of [port, second.port, path]) expect(bodyOf(await ask(to, packet()))).toBe('here')
    await server.close()
    expect(existsSync(path)).toBe(false)
  })

  test('one in use: an error that says so', async () => {
    const { port } = await serve(() => ({ status: 200 }))
    await expect(make().listen(port)).rejects.toMatchObject({ code: 'ERR_SERVER_ADDRESS_IN_USE', message: expect.stringContaining(`127.0.0.1:${port}`) })
  })
})

describe('a unix socket', () => {
  test('has its mode', async () => {
    const directory = folder()
    for (const mode of [0o600, 0o660, 0o777]) {
      const path = `${directory}/${mode}.sock`
      const umask = process.umask()
      await make().listen(`unix:${path}`, { mode })
      expect(statSync(path).mode & 0o777).toBe(mode)
      expect(process.umask()).toBe(umask)
    }
    for (const mode of [-1, 0o1000, 6.5, '660']) {
      await expect(make().listen(`unix:${directory}/x.sock`, { mode: mode as number })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    }
  })

  test('has no allow list', async () => {
    const path = `${folder()}/s.sock`
    await make({ allow: [] }).listen(`unix:${path}`)
    expect(bodyOf(await ask(path, packet()))).toBe('here')
  })

  test('that is stale is replaced', async () => {
    const path = `${folder()}/s.sock`
    await staleSocket(path)
    await make().listen(`unix:${path}`)
    expect(bodyOf(await ask(path, packet()))).toBe('here')
  })

  test('that is in use is left alone', async () => {
    const path = `${folder()}/s.sock`
    await make().listen(`unix:${path}`)
    await expect(make().listen(`unix:${path}`)).rejects.toMatchObject({ code: 'ERR_SERVER_ADDRESS_IN_USE', message: expect.stringContaining(path) })
    expect(bodyOf(await ask(path, packet()))).toBe('here')
  })

  test('that is another kind of file is left alone', async () => {
    const directory = folder()
    writeFileSync(`${directory}/file`, 'precious')
    mkdirSync(`${directory}/folder`)
    for (const name of ['file', 'folder']) {
      await expect(make().listen(`unix:${directory}/${name}`)).rejects.toMatchObject({ code: 'ERR_SERVER_NOT_A_SOCKET' })
    }
    expect(statSync(`${directory}/file`).size).toBe(8)
  })
})

describe('close()', () => {
  test('lets running requests finish, and accepts no more', async () => {
    const waiting: Array<() => void> = []
    const { server, port } = await serve(async () => {
      await new Promise<void>(resolve => waiting.push(resolve))
      return { status: 200, body: 'finished' }
    }, { drainTimeout: 20_000 })
    const peer = new FrontEnd(port).send(packet())
    await until(() => waiting.length === 1)
    let closed = false
    const closing = server.close().then(() => { closed = true })
    while (await new FrontEnd(port).ended !== 'reset'); // who was there before is still taken
    expect(closed).toBe(false)
    waiting[0]!()
    expect(bodyOf(await peer.response())).toBe('finished')
    await closing
    expect(server.address()).toBe(null)
  })

  test('cuts what does not finish within drainTimeout', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    let called = false
    const { server, port } = await serve(request => new Promise((_, reject) => {
      called = true
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
    }), { drainTimeout: 50 })
    const peer = new FrontEnd(port).send(packet())
    await until(() => called)
    await server.close()
    expect(await peer.ended).toBe('reset')
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_DRAIN_TIMEOUT' } }])
  })

  test('does not wait long for connections that have sent nothing', async () => {
    const { server, port } = await serve(() => ({ status: 200 }), { drainTimeout: 2 ** 31 - 1 })
    const peer = new FrontEnd(port)
    await peer.connected
    await server.close()
    expect(await peer.response()).toBe('')
  })

  test('answers a request that is under way', async () => {
    const { server, port } = await serve(() => ({ status: 200, body: 'here' }), { drainTimeout: 20_000 })
    const peer = new FrontEnd(port).send(packet().subarray(0, 20))
    await peer.connected
    // What has come is read in the order of its coming: with this answer, the server knows the beginning of the other request too.
    expect(statusOf(await ask(port, packet()))).toBe(200)
    const closing = server.close()
    peer.send(packet().subarray(20))
    expect(statusOf(await peer.response())).toBe(200)
    await closing
  })

  test('is the same promise each time, and nothing is listened on afterwards', async () => {
    const server = make()
    expect(server.close()).toBe(server.close())
    await server.close()
    await expect(server.listen(0)).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' })
  })
})

test('ref() and unref() are for chaining, before and after listen()', async () => {
  const server = make()
  expect(server.unref()).toBe(server)
  await server.listen(0)
  expect(server.ref().unref()).toBe(server)
})
