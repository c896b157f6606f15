// gatewire proxy, as a process of its own from the built package: its command line, its log, and its end.
import { readFileSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { answering, closeAll, OK, serve as serveUwsgi } from './client_peer.js'
import { Command } from './command.js'
import { FrontEnd, folder, until } from './front_end.js'
import { Client, exchange, request, responsesOf } from './http_peer.js'

afterEach(closeAll)

const CLOSE = ['Connection: close']

/** The command on a port of its own, once it listens. */
async function proxy (to: string, ...args: string[]): Promise<Command & { port: number }> {
  const command = new Command('proxy', '--http', '0', '--to', to, ...args)
  await until(() => command.stdout.includes('\n'))
  return Object.assign(command, { port: Number(/:(\d+)\/\n/.exec(command.stdout)![1]) })
}

describe('gatewire proxy', () => {
  test('serves HTTP over TCP and a unix socket until SIGTERM', async () => {
    const path = `${folder()}/http.sock`
    const to = await serveUwsgi(answering(OK), `${folder()}/app.sock`)
    const command = new Command('proxy', '--http', '0', '--http', `unix:${path}`, '--mode', '600', '--to', to)
    await until(() => command.stdout.includes(path))
    expect(command.stdout).toMatch(/^gatewire: http on http:\/\/127\.0\.0\.1:\d+\/\ngatewire: http on unix:.*\n$/)
    for (const where of [Number(/:(\d+)\/\n/.exec(command.stdout)![1]), path]) {
      const received = await new FrontEnd(where).send(request('/', CLOSE)).response()
      expect(responsesOf(received)).toMatchObject([{ status: 200, body: 'hello' }])
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
    command.child.kill('SIGTERM')
    expect(await command.exited).toBe(0)
    expect(command.stderr).toMatch(/^gatewire: SIGTERM: letting requests finish.*\n$/)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s lets a running request finish', async signal => {
    const sockets: Socket[] = []
    const command = await proxy(await serveUwsgi(socket => sockets.push(socket)))
    const client = new Client(command.port).send(request('/'))
    await until(() => sockets.length === 1)
    command.child.kill(signal)
    await until(() => command.stderr.includes(signal))
    sockets[0]!.end(OK)
    expect(responsesOf(await client.response())).toMatchObject([{ status: 200, body: 'hello' }])
    expect(await command.exited).toBe(0)
  })

  test('--drain bounds that', async () => {
    const sockets: Socket[] = []
    const command = await proxy(await serveUwsgi(socket => sockets.push(socket)), '--drain', '0')
    const client = new Client(command.port).send(request('/'))
    await until(() => sockets.length === 1)
    command.child.kill('SIGTERM')
    expect(await command.exited).toBe(0)
    await client.ended
  })

  test('logs why there is no answer of the application, one line each, without a byte of a peer as it came', async () => {
    const to = await serveUwsgi(socket => socket.once('data', packet => {
      if (packet.includes('/cut')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x1b[31mevil\n')
      else if (packet.includes('/slow')) socket.resume()
      else socket.end(packet.includes('/bad') ? '\x1b[31mevil\n' : '')
    }))
    const command = await proxy(to, '--timeout', '1', '--max-buffered', '1')
    const uwsgi = to.slice('uwsgi://'.length)
    const ask = (text: string): Promise<unknown> => exchange(command.port, text).catch(() => [])
    await ask(request('/empty?secret', CLOSE))
    await ask(request('/bad%1b\\"\'', CLOSE))
    await ask(request('POST /large HTTP/1.1', [...CLOSE, 'Transfer-Encoding: chunked']) + '2\r\nab\r\n0\r\n\r\n')
    await new Client(command.port).send(request('/cut')).ended
    await ask(request(`/slow/${'x'.repeat(200)}`, CLOSE))
    await ask('GET /\x1b[31m HTTP/1.1\r\n\r\n')
    await until(() => command.stderr.split('\n').length >= 7)
    const lines = command.stderr.split('\n')
    expect(lines.slice(0, 5)).toEqual([
      `gatewire: from 127.0.0.1: GET /empty: 502: ERR_RESPONSE_EMPTY: ${uwsgi} closed without an answer, as uWSGI does when it refuses a ` +
        "request: the server's log says why",
      'gatewire: from 127.0.0.1: GET /bad%1b\\\\"\': 502: ERR_RESPONSE_NO_STATUS: the answer was refused: ' + lines[1]!.split('refused: ')[1]!,
      'gatewire: from 127.0.0.1: POST /large: 413: ERR_HTTP_CONTENT_TOO_LARGE: chunked content is larger than --max-buffered: uWSGI has to ' +
        'know its length before it comes',
      'gatewire: from 127.0.0.1: GET /cut: the answer was cut: ERR_RESPONSE_CONTENT_SURPLUS: ' + lines[3]!.split('SURPLUS: ')[1]!,
      `gatewire: from 127.0.0.1: GET /slow/${'x'.repeat(79)}... (206 bytes): 504: ERR_CLIENT_TIMEOUT: nothing was sent to or received from ` +
        `${uwsgi} for 1000 ms; --timeout grants more`
    ])
    expect(lines[5]).toMatch(/^gatewire: from 127\.0\.0\.1: ERR_HTTP_BAD_TARGET: /)
    expect(command.stderr).toMatch(/^[\x20-\x7E\n]*$/)
    expect(command.stderr).not.toMatch(/evil|secret/)
  })

  test('passes options on', async () => {
    const seen: Buffer[] = []
    const to = await serveUwsgi(answering(OK, seen))
    const command = await proxy(to, '--mount', '/app', '--modifier1', '5', '--trust', '127.0.0.0/8', '--max-content', '4', '--allow', '127.0.0.1')
    const texts = [request('/app/x', [...CLOSE, 'X-Forwarded-For: 203.0.113.9']), request('/other'), request('POST /app HTTP/1.1', [], '12345')]
    const responses = await Promise.all(texts.map(text => exchange(command.port, text)))
    expect(responses.map(([response]) => response!.status)).toEqual([200, 404, 413])
    const packet = Buffer.concat(seen)
    expect(packet[0]).toBe(5)
    expect(packet.toString('latin1')).toContain('203.0.113.9, 127.0.0.1')
    const closed = await proxy(to, '--allow', '192.0.2.1')
    expect(await new FrontEnd(closed.port).send(request('/')).response()).toBe('')
    await until(() => closed.stderr.includes('ERR_SERVER_PEER_NOT_ALLOWED'))
  })

  test('says what to do when it cannot serve', async () => {
    const to = ['--to', 'uwsgi://127.0.0.1:3031']
    const cases: Array<[string[], 1 | 2, string]> = [
      [[], 2, 'where is HTTP to be served? Say --http 8080'],
      [['--http', '0'], 2, 'where is the uwsgi server? Say --to'],
      [['--http', '0', '--to', '127.0.0.1:3031'], 2, "--to: the address has to be 'uwsgi://host:port' or 'unix:/path'; write --to uwsgi://127.0.0.1:3031\n'gatewire proxy --help'"],
      [['--http', '0', '--to', 'http://127.0.0.1:3031'], 2, 'gatewire proxy speaks uwsgi to the application, not HTTP'],
      [['--http', 'x', ...to], 2, '--http: "x" is not an address'],
      [['--http', '0', ...to, '--timeout', 'x'], 2, '--timeout has to be a number of seconds'],
      [['--http', '0', ...to, '--timeout', '-1'], 2, '--timeout'],
      [['--http', '0', ...to, '--timeout', '0'], 2, '--timeout has to be a number of seconds above 0'],
      [['--http', '0', ...to, '--max-content', '1k'], 2, '--max-content has to be a number of bytes'],
      [['--http', '0', ...to, '--max-buffered', '9007199254740992'], 2, '--max-buffered has to be a number of bytes'],
      [['--http', '0', ...to, '--modifier1', '256'], 2, '--modifier1 has to be a number from 0 to 255'],
      [['--http', '0', ...to, '--trust', 'x'], 2, 'trust: "x" is neither'],
      [['--http', '0', ...to, '--allow', 'x'], 2, 'allow: "x" is neither'],
      [['--http', '0', ...to, '--mount', 'x/'], 2, "mount has to be '' or a path like '/x'"],
      [['--http', '0', ...to, '--mode', '888'], 2, '--mode has to be three octal digits'],
      [['--http', '0', ...to, '--drain', 'x'], 2, '--drain has to be a number of seconds'],
      [['--http', '0', ...to, '--surplus'], 2, '--surplus'],
      [['app.py', '--http', '0', ...to], 2, 'app.py'],
      [['--http', '192.0.2.1:80', ...to], 1, '192.0.2.1:80 is no address of this machine']
    ]
    const commands = cases.map(([args]) => new Command('proxy', ...args))
    for (const [i, [args, code, text]] of cases.entries()) {
      const command = commands[i]!
      expect([args, await command.exited]).toEqual([args, code])
      expect(command.stderr).toContain(text)
      expect(command.stderr.endsWith("'gatewire proxy --help' explains the options\n")).toBe(code === 2)
      expect(command.stdout).toBe('')
    }
  }, 30_000)

  test('explains itself', async () => {
    const command = new Command('proxy', '--help')
    expect(await command.exited).toBe(0)
    expect(command.stdout).toMatch(/^Usage: gatewire proxy --http ADDRESS --to ADDRESS/)
    const options = (text: string, row: RegExp): string[] => [...text.matchAll(row)].map(match => match[1]!)
    const named = options(command.stdout, /^ {2}(--[\w-]+)/gm)
    expect(named.length).toBeGreaterThan(10)
    expect(options(readFileSync(new URL('../docs/proxy.md', import.meta.url), 'utf8'), /^\| `(--[\w-]+)/gm)).toEqual(named.filter(name => name !== '--help'))
    expect(Math.max(...command.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(140)
  })
})
