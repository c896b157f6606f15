// The configurations of docs/front-ends.md: real front ends are started with them as they stand there, with other ports and paths, and
// with what the page leaves to the system's own configuration around them. Knows no more of the programs than where that goes.
import { chmod, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { codeOf } from '../docs_blocks.js'
import { Application } from './application.js'
import { GENEROUS } from './front_end.js'
import { request } from './http.js'
import { chunked, contentOf, get, head } from './messages.js'
import { findApache, findApacheModules } from './peers/apache.js'
import { LOOPBACK, withFreePort } from './peers/address.js'
import { describeWithPeers } from './peers/availability.js'
import { findLighttpd } from './peers/lighttpd.js'
import { findNginx, SYSTEM_UWSGI_PARAMS } from './peers/nginx.js'
import { startPeer, temporaryFolder } from './peers/process.js'

const PAGE = 'docs/front-ends.md'
const SOCKET = 'unix:/run/gatewire/app.sock'
const root = process.getuid?.() === 0

interface Program {
  readonly program: string
  readonly args: (folder: string, file: string) => readonly string[]
  readonly ready: RegExp
}

/** Starts a front end with a configuration that is made for a port and a folder, until the test is over. Gives its port. */
async function start (program: Program, configuration: (port: number, folder: string) => string): Promise<number> {
  return withFreePort(async port => {
    const folder = await temporaryFolder('docs')
    const file = path.join(folder, 'server.conf')
    await writeFile(file, configuration(port, folder))
    await writeFile(path.join(folder, 'htpasswd'), 'anna:{PLAIN}secret\n')
    if (findApacheModules() !== undefined) await symlink(findApacheModules()!, path.join(folder, 'modules'))
    const peer = await startPeer({
      name: 'a front end of the documents', version: '', program: program.program, args: program.args(folder, file), folder,
      address: { host: LOOPBACK, port }, ready: program.ready
    })
    onTestFinished(() => peer.stop())
    return port
  })
}

async function application (listen: 'tcp' | 'unix', options = {}): Promise<Application> {
  const started = await Application.start(listen, options)
  onTestFinished(() => started.close())
  return started
}

async function environ (port: number, target: string, ...lines: string[]): Promise<Record<string, string>> {
  const response = await request(port, get(target, ...lines))
  expect(response.status).toBe(200)
  return JSON.parse(response.content.toString()) as Record<string, string>
}

/** Answers every path with its environ. */
function showingEnviron (started: Application): Application {
  return started.otherwise(async seen => ({ status: 200, body: JSON.stringify({ ...seen.environ, size: (await seen.bytes()).length }) }))
}

const nginx = (): Program => ({
  program: findNginx()!,
  args: (folder, file) => ['-p', folder, '-e', 'stderr', '-c', file],
  ready: /start worker process \d+/
})

function nginxConf (http: string, folder: string): string {
  return `daemon off; pid ${folder}/nginx.pid; error_log stderr notice; ${root ? 'user root;' : ''}
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/client_body; proxy_temp_path ${folder}/proxy; uwsgi_temp_path ${folder}/uwsgi;
  fastcgi_temp_path ${folder}/fastcgi; scgi_temp_path ${folder}/scgi;
${http}
}
`
}

describeWithPeers('nginx-system-params', 'nginx as docs/front-ends.md has it', () => {
  async function startNginx (tcp: string, unix: string): Promise<number> {
    const changes = { 'include uwsgi_params': `include ${SYSTEM_UWSGI_PARAMS}`, [SOCKET]: unix, [LOOPBACK + ':3031']: tcp }
    return start(nginx(), (port, folder) => nginxConf(codeOf(PAGE, 'uwsgi_pass app;', { ...changes, 'listen 8080': `listen ${LOOPBACK}:${port}` }), folder))
  }

  it('passes requests on, uploads too, and REMOTE_USER only where it is verified', GENEROUS, async () => {
    const unix = showingEnviron(await application('unix'))
    const port = await startNginx((await application('tcp')).upstream, unix.upstream)
    expect(await environ(port, '/some/path', 'Proxy: http://203.0.113.1', 'Authorization: Basic YW5uYTp3cm9uZw=='))
      .toMatchObject({ PATH_INFO: '/some/path', REMOTE_ADDR: '127.0.0.1' })
    expect(unix.requests[0]!.get('HTTP_PROXY')).toBe(undefined)
    const content = contentOf(100_000)
    const upload = await request(port, chunked('/uploads/x', [content]))
    expect(JSON.parse(upload.content.toString())).toMatchObject({ PATH_INFO: '/uploads/x', size: content.length })
    expect(unix.requests.map(({ environ }) => environ['REMOTE_USER'])).toEqual([undefined, undefined])
    expect((await request(port, get('/private/', 'Authorization: Basic YW5uYTp3cm9uZw=='))).status).toBe(401)
    expect(await environ(port, '/private/', 'Authorization: Basic YW5uYTpzZWNyZXQ=')).toMatchObject({ REMOTE_USER: 'anna' })
    expect((await request(port, head('POST', '/', ['Content-Length: 9000000']))).status).toBe(413)
  })

  it('takes the other server when there is none at the socket', GENEROUS, async () => {
    const tcp = showingEnviron(await application('tcp'))
    const port = await startNginx(tcp.upstream, 'unix:/nowhere/app.sock')
    expect(await environ(port, '/a')).toMatchObject({ PATH_INFO: '/a' })
  })

  it('keeps connections over HTTP, and says who the client is', GENEROUS, async () => {
    const http = showingEnviron(await application('tcp', { protocol: 'http' }))
    const port = await start(nginx(), (port, folder) => nginxConf(codeOf(PAGE, 'http_app', {
      '127.0.0.1:8080': http.upstream, 'listen 8088': `listen ${LOOPBACK}:${port}`
    }), folder))
    const seen = [await environ(port, '/a', 'X-Forwarded-For: 203.0.113.9'), await environ(port, '/b')]
    for (const one of seen) expect(one).toMatchObject({ HTTP_X_FORWARDED_FOR: '127.0.0.1', HTTP_X_FORWARDED_PROTO: 'http', HTTP_HOST: 'example.test' })
    expect(seen[0]!['HTTP_CONNECTION']).toBe(undefined)
    expect(new Set(http.requests.map(({ head }) => head.keepAlive))).toEqual(new Set([true]))
  })
})

/** What a client says of itself in the name of a front end. */
const FORGED = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https', 'X-Real-IP: 203.0.113.9', 'Forwarded: for=203.0.113.9', 'X_Real_IP: 203.0.113.9']
const FORGED_NAMES = ['HTTP_X_REAL_IP', 'HTTP_FORWARDED']

describeWithPeers('nginx-system-params', 'forwarded fields as docs/trust.md has them', () => {
  it('do not come from the client by uwsgi, where nginx overwrites them', GENEROUS, async () => {
    const app = showingEnviron(await application('unix'))
    const trust = codeOf('docs/trust.md', 'uwsgi_param HTTP_X_FORWARDED_FOR')
    const port = await start(nginx(), (port, folder) => nginxConf(`server { listen ${LOOPBACK}:${port};
      location / { include ${SYSTEM_UWSGI_PARAMS}; uwsgi_pass ${app.upstream}; }
      location /trust/ { include ${SYSTEM_UWSGI_PARAMS}; uwsgi_pass ${app.upstream}; ${trust} } }`, folder))
    expect(await environ(port, '/', ...FORGED, 'Proxy: x')).toMatchObject({ HTTP_X_FORWARDED_FOR: '203.0.113.9', HTTP_X_REAL_IP: '203.0.113.9', HTTP_PROXY: 'x' })
    const seen = await environ(port, '/trust/', ...FORGED)
    expect(seen).toMatchObject({ HTTP_X_FORWARDED_FOR: '127.0.0.1', HTTP_X_FORWARDED_PROTO: 'http' })
    for (const name of FORGED_NAMES) expect(seen).not.toHaveProperty(name)
    expect(await environ(port, '/', 'X_Real_IP: 203.0.113.9')).not.toHaveProperty('HTTP_X_REAL_IP')
  })

  it.each([
    ['docs/trust.md', 'proxy_set_header X-Real-IP', '', { HTTP_X_FORWARDED_FOR: '127.0.0.1', HTTP_X_FORWARDED_PROTO: 'http' }],
    ['docs/proxy.md', 'proxy_add_x_forwarded_for', 'location', { HTTP_X_FORWARDED_FOR: '203.0.113.9, 127.0.0.1', HTTP_X_FORWARDED_HOST: 'example.test' }]
  ])('are nginx\'s by HTTP, as %s has it', GENEROUS, async (page, words, kind, expected) => {
    const app = showingEnviron(await application('tcp', { protocol: 'http' }))
    const code = kind === '' ? `location / { proxy_pass http://${app.upstream}; ${codeOf(page, words)} }` : codeOf(page, words, { '127.0.0.1:8080': app.upstream })
    const port = await start(nginx(), (port, folder) => nginxConf(`server { listen ${LOOPBACK}:${port}; ${code} }`, folder))
    const seen = await environ(port, '/', ...FORGED)
    expect(seen).toMatchObject(expected)
    if (kind === '') for (const name of FORGED_NAMES) expect(seen).not.toHaveProperty(name)
  })
})

describeWithPeers('apache', 'Apache as docs/front-ends.md has it', () => {
  it('passes requests on, to both addresses', GENEROUS, async () => {
    const tcp = showingEnviron(await application('tcp'))
    const unix = showingEnviron(await application('unix'))
    await chmod(unix.upstream.slice('unix:'.length), 0o777) // the workers are nobody when root starts them
    const port = await start({
      program: findApache()!, args: (folder, file) => ['-DFOREGROUND', '-d', folder, '-f', file], ready: /resuming normal operations/
    }, (port, folder) => `DefaultRuntimeDir "${folder}"
PidFile "${folder}/httpd.pid"
ServerName localhost
Listen ${LOOPBACK}:${port}
<IfFile "modules/mod_mpm_event.so">
LoadModule mpm_event_module modules/mod_mpm_event.so
</IfFile>
<IfFile "modules/mod_authz_core.so">
LoadModule authz_core_module modules/mod_authz_core.so
</IfFile>
ErrorLog "/dev/stderr"
LogLevel notice
${root ? 'User "#65534"\nGroup "#65534"' : ''}
StartServers 1
${codeOf(PAGE, 'ProxyPass', { [SOCKET]: unix.upstream, '127.0.0.1:3031': tcp.upstream })}`)
    expect(await environ(port, '/some/path', 'Proxy: http://203.0.113.1')).toMatchObject({ PATH_INFO: '/some/path', SCRIPT_NAME: '', REMOTE_ADDR: '127.0.0.1' })
    expect(await environ(port, '/socket/a')).toMatchObject({ PATH_INFO: '/a', SCRIPT_NAME: '/socket' })
    expect([tcp, unix].map(({ requests }) => requests.length)).toEqual([1, 1])
    expect(tcp.requests[0]!.get('HTTP_PROXY')).toBe(undefined)
    expect(await environ(port, '/', 'X_Real_IP: 203.0.113.9')).not.toHaveProperty('HTTP_X_REAL_IP')
  })
})

describeWithPeers('lighttpd', 'lighttpd as docs/front-ends.md has it', () => {
  const host = '"host" => "127.0.0.1", "port" => 3031'

  it.each(['tcp', 'unix'] as const)('passes requests on over %s', GENEROUS, async listen => {
    const app = showingEnviron(await application(listen))
    const address = app.upstream.replace(/^unix:/, '')
    const there = listen === 'tcp' ? host.replace('3031', address.replace(/.*:/, '')) : `"socket" => "${address}"`
    const port = await start({ program: findLighttpd()!, args: (_, file) => ['-D', '-f', file], ready: /server started/ }, (port, folder) => `
server.bind = "${LOOPBACK}"
server.port = ${port}
server.document-root = "${folder}"
server.upload-dirs = ("${folder}")
${codeOf(PAGE, 'mod_scgi', { [host]: there })}`)
    expect(await environ(port, '/some/path')).toMatchObject({ PATH_INFO: '/some/path', SCRIPT_NAME: '', REMOTE_ADDR: '127.0.0.1' })
    const seen = await environ(port, '/', 'X_Real_IP: 203.0.113.9', 'Proxy: x')
    expect(seen).toMatchObject({ HTTP_X_REAL_IP: '203.0.113.9' }) // docs/trust.md says so
    expect(seen).not.toHaveProperty('HTTP_PROXY')
    const content = contentOf(1000)
    expect(JSON.parse((await request(port, chunked('/up', [content]))).content.toString())).toMatchObject({ size: 1000, CONTENT_LENGTH: '1000' })
  })
})
