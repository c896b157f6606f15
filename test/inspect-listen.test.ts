// `gatewire inspect --listen` as a process: what it prints of front ends of both protocols, what it answers, and how it ends.
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { existsSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { residentBytes } from '../bench/e2e/processes.mjs'
import { request } from '../src/client/index.js'
import { encodeUwsgi } from '../src/index.js'
import { builtEntry } from './built.js'
import { Command } from './command.js'
import { folder, until } from './front_end.js'
import { startOnTerminal } from './pty.js'

const main = fileURLToPath(new URL('cli/main.js', builtEntry()))
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'

class Listening extends Command {
  get port (): number {
    return Number(/ on \S+:(\d+); /.exec(this.stderr)![1])
  }

  /** What was printed, page by page. */
  get pages (): string[] {
    return this.stdout.split(/^(?=== )/m).filter(Boolean)
  }

  static async start (...args: string[]): Promise<Listening> {
    const command = new Listening('inspect', '--listen', '0', ...args)
    await until(() => command.stderr.includes('Ctrl-C ends it'))
    return command
  }

  async stop (signal: NodeJS.Signals = 'SIGINT'): Promise<string> {
    this.child.kill(signal)
    expect(await this.exited).toBe(0)
    return this.stderr.trimEnd().split('\n').at(-1)!
  }
}

/** Sends bytes piece by piece and gives all that is answered. */
async function exchange (to: number | string, pieces: ReadonlyArray<string | Uint8Array>, end = false): Promise<string> {
  const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to)
  onTestFinished(() => { socket.destroy() })
  let text = ''
  socket.setEncoding('latin1').on('data', piece => { text += piece })
  await once(socket, 'connect')
  for (const piece of pieces) await new Promise(resolve => socket.write(piece, resolve))
  if (end) socket.end()
  await once(socket, 'close')
  return text
}

describe('gatewire inspect --listen', () => {
  it('prints uwsgi packets with their content, and answers them', async () => {
    const live = await Listening.start()
    const response = await request(`uwsgi://127.0.0.1:${live.port}`, { vars: { REQUEST_METHOD: 'POST', PATH_INFO: '/u', CONTENT_LENGTH: '5' }, content: 'hello' })
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/^gatewire inspect: connection 1, request 1: \d+ bytes, printed where it runs\n$/)])
    await until(() => live.stdout.includes('fits stock'))
    expect(live.stdout).toMatch(/^== \d\d:\d\d:\d\d\.\d{3}, from 127\.0\.0\.1:\d+, answered 200 =+\n\nconnection 1, request 1 \(\d+ bytes\): uwsgi packet accepted\n/)
    expect(live.stdout).toContain('PATH_INFO = /u')
    expect(live.stdout).toContain('content, 5 bytes announced by CONTENT_LENGTH, all there')
    expect(await live.stop()).toMatch(/^gatewire inspect: 1 connection, 1 request \(1 uwsgi, 0 HTTP\), all accepted, \d+ bytes in \d+ seconds?$/)
  })

  it('prints HTTP requests one after the other on a connection, pipelined, with content and chunks', async () => {
    const live = await Listening.start('--status', '404')
    const post = 'POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
    const text = await exchange(live.port, [GET + post + 'GET /last HTTP/1.0\r\n\r\nmore'])
    expect([...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])).toEqual(['404', '404', '404'])
    expect(text).toMatch(/Connection: keep-alive[^]*Connection: keep-alive[^]*Connection: close/)
    await until(() => live.pages.length === 3)
    expect(live.pages.map(page => /connection (\d), request (\d) \((\d+) bytes\): 1 HTTP request accepted/.exec(page)!.slice(1))).toEqual([
      ['1', '1', String(GET.length)], ['1', '2', String(post.length)], ['1', '3', '22']
    ])
    expect(live.pages[1]).toContain('chunk of 3 bytes')
  })

  it('does not mix up connections that send at the same time, byte by byte', async () => {
    const live = await Listening.start()
    const packets = Array.from({ length: 8 }, (_, i) => encodeUwsgi([['REQUEST_METHOD', 'GET'], ['PATH_INFO', `/u${i}`], ['QUERY_STRING', `q=${i}`]]))
    const requests = Array.from({ length: 8 }, (_, i) => Buffer.from(`GET /h${i} HTTP/1.1\r\nHost: h${i}\r\nConnection: close\r\n\r\n`))
    const answers = await Promise.all([...packets, ...requests].map(bytes => exchange(live.port, Array.from(bytes, byte => Buffer.from([byte])))))
    expect(answers.every(answer => answer.startsWith('HTTP/1.1 200 '))).toBe(true)
    await until(() => live.pages.length === 16)
    for (let i = 0; i < 8; i++) {
      const [uwsgi, ...others] = live.pages.filter(page => page.includes(`PATH_INFO = /u${i}\n`))
      expect([others, uwsgi!.includes(`QUERY_STRING = q=${i}\n`)]).toEqual([[], true])
      expect(live.pages.filter(page => page.includes(`target /h${i}\n`) && page.includes(`Host: h${i}\n`)).length).toBe(1)
    }
    expect(await live.stop('SIGTERM')).toContain('16 connections, 16 requests (8 uwsgi, 8 HTTP), all accepted')
  })

  it('says what is wrong, and answers as a gatewire server does', async () => {
    const live = await Listening.start()
    expect(await exchange(live.port, [encodeUwsgi([['CONTENT_LENGTH', 'x']])])).toMatch(/^HTTP\/1\.1 400 /)
    expect(await exchange(live.port, ['get / HTTP/1.1\r\nHost: a\r\n\r\n'])).toMatch(/^HTTP\/1\.1 501 /)
    expect(await exchange(live.port, [Buffer.from('16030100a5010000a10303', 'hex')])).toBe('')
    expect(await exchange(live.port, [encodeUwsgi([['A', 'b']]).subarray(0, 6)], true)).toBe('')
    expect(await exchange(live.port, ['PO'], true)).toBe('')
    await exchange(live.port, [], true)
    await until(() => live.stdout.includes('without a byte'))
    expect(live.stdout).toContain('ERR_UWSGI_BAD_CONTENT_LENGTH')
    expect(live.stdout).toContain('ERR_HTTP_METHOD_NOT_SUPPORTED')
    expect(live.stdout).toContain('This is a TLS ClientHello')
    expect(live.stdout).toMatch(/not answered =+\n\nconnection 4, request 1 \(6 bytes\): uwsgi packet incomplete: 6 of 10 bytes/)
    expect(live.stdout).toContain('== connection 6, from 127.0.0.1')
    expect(await live.stop()).toContain('6 connections, 5 requests (3 uwsgi, 1 HTTP, 1 of other protocols), 5 not accepted')
  })

  it('says what it waits for, when nothing comes any more', async () => {
    const live = await Listening.start()
    const packet = encodeUwsgi([['REQUEST_METHOD', 'POST'], ['CONTENT_LENGTH', '9']])
    const socket = connect(live.port, '127.0.0.1')
    onTestFinished(() => { socket.destroy() })
    socket.write(Buffer.concat([packet, Buffer.from('four')]))
    await until(() => live.stdout.includes('so far'))
    expect(live.stdout).toMatch(new RegExp(`^== connection 1, from 127\\.0\\.0\\.1:\\d+: ${packet.length + 4} bytes have come so far, and nothing for 5 seconds; a uwsgi server waits for 5 more\n`))
    expect(await live.stop()).toContain('1 connection, 1 request')
    expect(live.stdout).toContain('4 there')
  })

  it('asks for content that a client holds back, and passes over what is upgraded', async () => {
    const live = await Listening.start()
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n'
    expect(await exchange(live.port, [head, 'ab'])).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    const upgrade = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'
    expect((await exchange(live.port, [upgrade + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')])).match(/HTTP\/1\.1 200/g)!.length).toBe(2)
  })

  it.each([[204, 'GET'], [304, 'GET'], [200, 'HEAD']])('answers %i to %s without content', async (status, method) => {
    const live = await Listening.start('--status', String(status))
    const text = await exchange(live.port, [`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`])
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(text.endsWith('\r\n\r\n')).toBe(true)
  })

  it('keeps little of what is large, and counts all of it', async () => {
    const live = await Listening.start()
    const size = 40 * 2 ** 20
    const before = residentBytes(live.child.pid!)
    const content = Buffer.alloc(2 ** 20, 'x')
    const pieces = [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`, ...Array<Buffer>(40).fill(content)]
    expect(await exchange(live.port, pieces)).toMatch(/^HTTP\/1\.1 200 /)
    await until(() => live.stdout.includes('Content-Length: 41943040'))
    expect(live.stdout).toContain(`content, ${size} bytes announced by Content-Length, all there`)
    expect(residentBytes(live.child.pid!) - before).toBeLessThan(60 * 2 ** 20)
  })

  it('listens on a unix socket with a mode, and removes it', async () => {
    const path = `${folder()}/s.sock`
    const live = await Listening.start('--listen', `unix:${path}`, '--mode', '622')
    await until(() => live.stderr.includes(`unix:${path}`))
    expect(statSync(path).mode & 0o777).toBe(0o622)
    expect(await exchange(path, [encodeUwsgi([['REQUEST_METHOD', 'GET']])])).toMatch(/^HTTP\/1\.1 200 /)
    await until(() => live.stdout.includes('from a unix socket'))
    await live.stop()
    expect(existsSync(path)).toBe(false)
  })

  it('prints JSON, a line for each request', async () => {
    const live = await Listening.start('--json')
    await exchange(live.port, [encodeUwsgi([['REQUEST_METHOD', 'GET']])])
    await exchange(live.port, [GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')])
    await until(() => live.stdout.split('\n').length === 3)
    const [first, second] = live.stdout.trimEnd().split('\n').map(line => JSON.parse(line))
    expect(first).toMatchObject({ connection: 1, request: 1, answered: 200, from: expect.stringMatching(/^127\.0\.0\.1:\d+$/), protocol: 'uwsgi', accepted: true, vars: [{ key: 'REQUEST_METHOD' }] })
    expect(second).toMatchObject({ connection: 2, request: 1, protocol: 'http', requests: [{ offset: 0 }] })
  })

  it('reads what is asked for only', async () => {
    const live = await Listening.start('--protocol', 'http')
    expect(await exchange(live.port, [encodeUwsgi([['REQUEST_METHOD', 'GET']])])).toMatch(/^HTTP\/1\.1 400 /)
    await until(() => live.stdout.includes('hint: This is a uwsgi packet, not an HTTP/1.x request'))
  })

  it('ends when nobody reads its output any more', async () => {
    const live = await Listening.start()
    live.child.stdout!.destroy()
    while (live.child.exitCode === null) await exchange(live.port, [GET], true).catch(() => {})
    expect(live.child.exitCode).toBe(0)
  })

  it('says what to do when it cannot', async () => {
    const live = await Listening.start()
    const cases: Array<[string[], number, string]> = [
      [['--listen', String(live.port)], 1, `127.0.0.1:${live.port} is in use: another server listens there; stop that server (ss -ltnp tells who it is), or choose another address with --listen`],
      [['--listen', ':3031'], 2, 'write --listen 3031 for this machine only'],
      [['--listen', 'http://127.0.0.1:3031'], 2, 'leave the scheme out: --listen 127.0.0.1:3031'],
      [['--listen', '0', '--status', '199'], 2, '--status has to be a number from 200 to 599'],
      [['--listen', '0', '--status', '600'], 2, '--status has to be a number from 200 to 599'],
      [['--listen', '0', '--mode', 'rw'], 2, '--mode has to be three octal digits'],
      [['--listen', '0', 'file.bin'], 2, 'either --listen or a FILE: "file.bin" is too much'],
      [['--listen', '0', '--input', 'hex'], 2, '--input is for a FILE'],
      [['--status', '200', 'file.bin'], 2, '--status is for --listen']
    ]
    for (const [args, code, text] of cases) {
      const command = new Command('inspect', ...args)
      expect([args, await command.exited, command.stdout]).toEqual([args, code, ''])
      expect(command.stderr).toContain(text)
    }
  })

  it('on a terminal has colours, and ends with Ctrl-C', async () => {
    const terminal = startOnTerminal([process.execPath, main, 'inspect', '--listen', '0'], 90)
    await until(() => terminal.text().includes('Ctrl-C ends it'))
    const port = Number(/ on \S+:(\d+); /.exec(terminal.text())![1])
    await exchange(port, [encodeUwsgi([['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/']])])
    await until(() => terminal.text().includes('fits stock'))
    expect(terminal.text()).toContain('\x1B[36mPATH_INFO\x1B[39m = \x1B[32m/')
    terminal.type('\x03')
    expect(await terminal.exited).toBe(0)
    expect(terminal.text().trimEnd().split('\n').at(-1)).toMatch(/1 connection, 1 request \(1 uwsgi, 0 HTTP\), all accepted/)
  })
})
