// gatewire serve, as a process of its own from the built package.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { addressComplaint } from '../src/cli/serving.js'
import { builtEntry } from './built.js'
import { Command } from './command.js'
import { ask, bodyOf, folder, FrontEnd, packet, serve, statusOf, until } from './front_end.js'
import { TRANSPORTS } from './transports.js'

function module (source: string): string {
  const file = `${folder()}/app.mjs`
  writeFileSync(file, source)
  return file
}

const hello = "export default request => ({ status: 200, body: 'hello from ' + request.get('PATH_INFO') })"

describe('gatewire serve', () => {
  test('serves a module over TCP and a unix socket until SIGTERM', async () => {
    const path = `${folder()}/s.sock`
    const command = new Command('serve', module(hello), '--uwsgi', '0', '--uwsgi', `unix:${path}`, '--mode', '600')
    await until(() => command.stdout.includes(path))
    expect(command.stdout).toMatch(/^gatewire: uwsgi on 127\.0\.0\.1:\d+\ngatewire: uwsgi on unix:.*\n$/)
    const port = Number(/:(\d+)\n/.exec(command.stdout)![1])
    for (const to of [port, path]) expect(bodyOf(await ask(to, packet({ PATH_INFO: '/x' })))).toBe('hello from /x')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    command.child.kill('SIGTERM')
    expect(await command.exited).toBe(0)
    expect(existsSync(path)).toBe(false)
  })

  test('serves it over HTTP, alone or beside uwsgi', async () => {
    const app = module(hello)
    const [alone, both] = [new Command('serve', app, '--http', '0'), new Command('serve', app, '--http', '0', '--uwsgi', '0')]
    await until(() => alone.stdout.includes('\n') && both.stdout.split('\n').length > 2)
    expect(alone.stdout).toMatch(/^gatewire: http on http:\/\/127\.0\.0\.1:\d+\/\n$/)
    expect(both.stdout).toMatch(/^gatewire: uwsgi on 127\.0\.0\.1:\d+\ngatewire: http on http:\/\/127\.0\.0\.1:\d+\/\n$/)
    for (const { stdout } of [alone, both]) {
      const response = await fetch(new URL('/x', /http:\S+/.exec(stdout)![0]))
      expect(await response.text()).toBe('hello from /x')
    }
    expect(bodyOf(await ask(Number(/uwsgi on \S+:(\d+)/.exec(both.stdout)![1]), packet({ PATH_INFO: '/x' })))).toBe('hello from /x')
    for (const command of [alone, both]) {
      command.child.kill('SIGTERM')
      expect(await command.exited).toBe(0)
    }
  })

  test('says what came to its port that is no HTTP', async () => {
    const command = new Command('serve', module(hello), '--http', '0')
    await until(() => command.stdout.includes('\n'))
    const port = Number(/:(\d+)\/\n/.exec(command.stdout)![1])
    const strangers: Array<[Uint8Array, string]> = [
      [Buffer.from('16030100a5010000a10303', 'hex'), 'ERR_HTTP_BAD_METHOD: the method is not a token (at byte 0): This is a TLS ClientHello'],
      [packet(), 'This is a uwsgi packet, not an HTTP/1.x request: the front end has to speak HTTP (nginx: proxy_pass)'],
      [Buffer.from('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n'), 'a PROXY protocol header, version 1: the load balancer in front must not send one to an HTTP port'],
      [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'the beginning of an HTTP/2 connection']
    ]
    for (const [bytes, text] of strangers) {
      expect(statusOf(await ask(port, bytes))).toBeGreaterThanOrEqual(400)
      await until(() => command.stderr.includes(text))
    }
    expect(statusOf(await ask(port, Buffer.from('GET / HTTP/1.1\r\n\r\n')))).toBe(400)
    await until(() => command.stderr.includes('ERR_HTTP_HOST_MISSING'))
    expect(command.stderr.trimEnd()).not.toContain('This is an HTTP request')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s lets a running request finish', async signal => {
    const command = new Command('serve', module(`import { setTimeout } from 'node:timers/promises'
      export default async () => { console.log('called'); await setTimeout(300); return { status: 200, body: 'finished' } }`), '--uwsgi', '0')
    await until(() => command.stdout.includes('\n'))
    const peer = new FrontEnd(Number(/:(\d+)\n/.exec(command.stdout)![1])).send(packet())
    await until(() => command.stdout.includes('called'))
    command.child.kill(signal)
    expect(bodyOf(await peer.response())).toBe('finished')
    expect(await command.exited).toBe(0)
  })

  test('--drain bounds that, and a second signal ends it', async () => {
    const source = module("export default () => { console.log('called'); return new Promise(() => {}) }")
    for (const [drain, code] of [['0', 0], ['600', 1]] as const) {
      const command = new Command('serve', source, '--uwsgi', '0', '--drain', drain)
      await until(() => command.stdout.includes('\n'))
      const peer = new FrontEnd(Number(/:(\d+)\n/.exec(command.stdout)![1])).send(packet())
      await until(() => command.stdout.includes('called'))
      command.child.kill('SIGTERM')
      await until(() => command.stderr.includes('SIGTERM'))
      if (code === 1) command.child.kill('SIGTERM')
      expect(await command.exited).toBe(code)
      await peer.ended
    }
  })

  test('reports refusals and errors of the handler on stderr', async () => {
    const command = new Command('serve', module("export default () => { throw new Error('of the handler') }"), '--uwsgi', '0')
    await until(() => command.stdout.includes('\n'))
    const port = Number(/:(\d+)\n/.exec(command.stdout)![1])
    expect(statusOf(await ask(port, packet()))).toBe(500)
    expect(statusOf(await ask(port, Buffer.from('GET / HTTP/1.1\r\n\r\n')))).toBe(501)
    await until(() => command.stderr.includes('501') || command.stderr.includes('ERR_UWSGI'))
    expect(command.stderr).toContain('gatewire: the handler failed: Error: of the handler')
    expect(command.stderr).toContain('gatewire: from 127.0.0.1: ERR_UWSGI_MODIFIER_NOT_A_REQUEST')
    expect(command.stderr).toContain('This is an HTTP request, not a uwsgi packet')
  })

  test.each(TRANSPORTS)('goes on when nobody reads its log any more, over %s', async transport => {
    const command = new Command({ GATEWIRE_TRANSPORT: transport }, 'serve', module(hello), '--http', '0')
    await until(() => command.stdout.includes('\n'))
    const port = Number(/:(\d+)\/\n/.exec(command.stdout)![1])
    command.child.stdout!.destroy()
    command.child.stderr!.destroy()
    for (let i = 0; i < 3; i++) {
      expect(statusOf(await ask(port, Buffer.from('GET / HTTP/1.1\r\n\r\n')))).toBe(400) // which is logged
      expect(statusOf(await ask(port, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')))).toBe(200)
    }
    command.child.kill('SIGTERM')
    expect(await command.exited).toBe(0)
  })

  test('says what to do when it cannot serve', async () => {
    const app = module(hello)
    const { port } = await serve(() => ({ status: 200 }))
    const cases: Array<[string[], number, string]> = [
      [['serve'], 2, 'which module?'],
      [['serve', app, 'b.mjs'], 2, 'one module at a time'],
      [['serve', app, '--surplus'], 2, '--surplus'],
      [['serve', app, '--mode', '888'], 2, '--mode has to be three octal digits'],
      [['serve', app, '--drain', 'x'], 2, '--drain has to be a number of seconds'],
      [['serve', app, '--allow', 'x'], 2, 'allow: "x" is neither'],
      [['serve', app, '--uwsgi', ':3031'], 2, '":3031" is not an address'],
      [['serve', app, '--http', 'http://0.0.0.0:8080'], 2, "'unix:/path' or { fd }; leave the scheme out: --http 0.0.0.0:8080\n'gatewire serve --help'"],
      [['serve', app, '--uwsgi', `127.0.0.1:${port}`], 1,
        `127.0.0.1:${port} is in use: another server listens there; stop that server (ss -ltnp tells who it is), or choose another address with --uwsgi`],
      [['serve', app, '--uwsgi', `unix:${app}`], 1, 'exists and is not a socket'],
      [['serve', app, '--uwsgi', `unix:${app}.d/s.sock`], 1, 'does not exist; make it first'],
      [['serve', app, '--uwsgi', '192.0.2.1:3031'], 1, '192.0.2.1:3031 is no address of this machine'],
      [['serve', `${app}.js`], 1, 'there is no file'],
      [['serve', app.replace(/\.mjs$/, '')], 1, 'app.mjs?'],
      [['serve', app.replace(/app\.mjs$/, 'ap.mjs')], 1, 'app.mjs?'],
      [['serve', `${app}.d/app.mjs`], 1, 'there is no folder'],
      [['serve', folder()], 1, 'is a folder'],
      [['serve', module('setInterval(() => {}, 1000); export const x = 1')], 1, 'has no default export; write: export default'],
      [['serve', module('export function handler () {}')], 1, 'it exports "handler"; if that is the handler, write: export { handler as default }'],
      [['serve', module("import { createServer } from 'node:http'\nexport default createServer()")], 1, 'no function but object; that looks like a server'],
      [['serve', module('export default 5')], 1, 'a default export that is no function but number'],
      [['serve', module('export default (')], 1, 'SyntaxError'],
      [['serve', module("import './absent.mjs'")], 1, 'absent.mjs']
    ]
    const commands = cases.map(([args]) => new Command(...args))
    for (const [i, [args, code, text]] of cases.entries()) {
      const command = commands[i]!
      expect([args, await command.exited]).toEqual([args, code])
      expect(command.stderr).toContain(text)
      expect(command.stdout).toBe('')
    }
  })

  // Root may do everything, so it gives that up.
  test.runIf(process.platform === 'linux')('says what permission is missing', async () => {
    const locked = folder()
    chmodSync(locked, 0o555)
    const main = fileURLToPath(new URL('cli/main.js', builtEntry()))
    const app = module(hello)
    const prefix = process.getuid?.() === 0 ? ['--bounding-set=-dac_override,-dac_read_search'] : []
    const args = [...prefix, process.execPath, main, 'serve', app, '--uwsgi', `unix:${locked}/s.sock`]
    const run = (): { status: number | null, stderr: string } => spawnSync('setpriv', args, { encoding: 'utf8' })
    chmodSync(path.dirname(app), 0o000)
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining(`${app} may not be read by whoever starts this: check the mode`) })
    chmodSync(path.dirname(app), 0o755)
    const { status, stderr } = run()
    expect([status, stderr]).toEqual([1, `gatewire serve: no permission to listen on unix:${locked}/s.sock: whoever starts this has to be allowed to write to the folder of the socket\n`])
    expect(addressComplaint('0.0.0.0:80', 'http', Object.assign(new Error(), { code: 'EACCES' }))).toMatchObject({
      exitCode: 1, message: 'no permission to listen on 0.0.0.0:80: ports below 1024 need root, or CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=); take one above, such as 8080'
    })
  })

  test('has a version', async () => {
    const version = new Command('--version')
    expect(await version.exited).toBe(0)
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
