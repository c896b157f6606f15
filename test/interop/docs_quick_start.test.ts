// The first steps of README.md, and those of docs/proxy.md and docs/client.md that need a uWSGI server: files and commands are those of the
// pages, with other ports and paths.
import { readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { blockOf, codeOf } from '../docs_blocks.js'
import { Project, stepsOf } from '../docs_project.js'
import { GENEROUS } from './front_end.js'
import { request } from './http.js'
import { get } from './messages.js'
import { freePort, LOOPBACK, serves } from './peers/address.js'
import { describeWithPeers } from './peers/availability.js'
import { SYSTEM_UWSGI_PARAMS } from './peers/nginx.js'
import { PYTHON_ENVIRONMENT } from './peers/uwsgi.js'

async function untilServes (port: number): Promise<void> {
  while (!await serves({ host: LOOPBACK, port })) await new Promise(resolve => setTimeout(resolve, 20))
}

/** Runs a session of a page, and compares what its commands print. */
async function follow (project: Project, session: string, ports: readonly number[]): Promise<void> {
  for (const { command, goesOn, output } of stepsOf(session)) {
    if (!goesOn) {
      expect([command, project.run(command.replace(/^curl /, 'curl -sS '))]).toEqual([command, output])
      continue
    }
    const running = project.start(command)
    for (const port of ports) await untilServes(port)
    await running.says(output)
    expect(running.stdout).toBe(output)
  }
}

/** The lines of a block of commands. */
const linesOf = (code: string): string[] => code.trimEnd().split('\n')

describeWithPeers(['nginx-system-params', 'curl'], 'README.md: uwsgi behind nginx', () => {
  it('answers as it is shown', GENEROUS, async () => {
    const [http, uwsgi] = [await freePort(), await freePort()]
    const app = codeOf('README.md', 'asked for ${request', { '127.0.0.1:3031': `127.0.0.1:${uwsgi}` })
    const nginx = codeOf('README.md', 'uwsgi_params', {
      'listen 8080': `listen ${LOOPBACK}:${http}`, '127.0.0.1:3031': `127.0.0.1:${uwsgi}`, 'include uwsgi_params': `include ${SYSTEM_UWSGI_PARAMS}`
    })
    const project = new Project({ 'app.mjs': app })
    const root = process.getuid?.() === 0 ? 'user root;' : ''
    const { folder } = project
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name}${name === 'client_body' ? '' : '_t'};`).join(' ')
    const configuration = `daemon off; pid nginx.pid; error_log stderr; ${root} events {} http { access_log off; ${paths} ${nginx} }`
    project.write('nginx.conf', configuration)
    project.start(`/usr/sbin/nginx -p ${folder} -e stderr -c nginx.conf`)
    await untilServes(http)
    await follow(project, codeOf('README.md', 'node app.mjs &', { '127.0.0.1:8080': `127.0.0.1:${http}` }), [uwsgi])
  })
})

describeWithPeers('curl', 'README.md: HTTP', () => {
  it('answers as it is shown', GENEROUS, async () => {
    const [http, uwsgi] = [await freePort(), await freePort()]
    const project = new Project({ 'handler.mjs': blockOf('README.md', "request.get('REQUEST_METHOD')} ${request").code })
    await follow(project, codeOf('README.md', 'npx gatewire serve', { 8080: String(http), 3031: String(uwsgi) }), [http])
  })
})

describeWithPeers('flask', 'Flask on an HTTP port, as README.md and docs/proxy.md have it', () => {
  const FLASK = blockOf('README.md', 'from flask import').code

  /** Starts uWSGI and the proxy, one line of a block each. Gives both ports. */
  async function start (project: Project, page: string, uwsgiPort: string, extra = ''): Promise<[http: number, uwsgi: number]> {
    const [http, uwsgi] = [await freePort(), await freePort()]
    const block = codeOf(page, page === 'README.md' ? 'module app:app' : '--module app:app', { '--http 8080': `--http ${http}`, [uwsgiPort]: String(uwsgi) })
    const [server, proxy] = linesOf(block) as [string, string]
    project.start(server, PYTHON_ENVIRONMENT)
    await untilServes(uwsgi)
    await project.start(proxy + extra).says(`gatewire: http on http://127.0.0.1:${http}/`)
    return [http, uwsgi]
  }

  it('answers over HTTP, and when it is called from JavaScript', GENEROUS, async () => {
    const project = new Project({ 'app.py': FLASK })
    const [http, uwsgi] = await start(project, 'README.md', '3032')
    expect((await request(http, get('/hello?name=curl'))).content.toString()).toBe('hello curl\n')
    const call = codeOf('README.md', "from 'gatewire/client'", { 3032: String(uwsgi) })
    expect(project.run(`node --input-type=module --eval '${call.replaceAll("'", `'\\''`)}'`)).toBe('200 hello Node\n\n')
  })

  it('is called, refuses, and is passed on to, as docs/client.md has it', GENEROUS, async () => {
    const project = new Project({ 'app.py': FLASK })
    const port = await freePort()
    project.start(`/usr/bin/uwsgi --plugin python3 --socket 127.0.0.1:${port} --module app:app --master --die-on-term`, PYTHON_ENVIRONMENT)
    await untilServes(port)
    const run = (file: string, code: string): string => {
      project.write(file, code)
      return project.run(`node ${file} 2>&1`)
    }
    const lines = run('call.mjs', codeOf('docs/client.md', 'of response.headers', { 3032: String(port) })).split('\n')
    expect([lines[0], lines.at(-3)]).toEqual(['200 OK', 'hello Node'])
    expect(lines).toContain('Content-Length 11')
    const refused = codeOf('docs/client.md', 'instanceof ClientError', { 3032: String(port) })
    const shown = [...refused.matchAll(/\/\/ (.*)$/gm)].map(match => match[1]!.replace('... ', ''))
    for (const words of shown) expect(run('refused.mjs', refused)).toContain(words)

    const between = await freePort()
    project.write('between.mjs', codeOf('docs/client.md', 'from \'gatewire/server\'', { 3032: String(port), 3031: String(between) }))
    project.start('node between.mjs')
    await untilServes(between)
    expect(run('call.mjs', codeOf('docs/client.md', 'of response.headers', { 3032: String(between) }))).toContain('200 OK')
  })

  it.each([
    ['nobody but the proxy', 'x_for=1', '', '127.0.0.1 example.test'],
    ['one more front end', 'x_for=2', ' --trust 127.0.0.1', '203.0.113.9 site.test']
  ])('answers, and Flask believes %s, as docs/proxy.md has it', GENEROUS, async (_, count, trust, told) => {
    const who = `${FLASK}\n@app.get('/who')\ndef who():\n    return f'{request.remote_addr} {request.host}'\n\n`
    const project = new Project({ 'app.py': who + codeOf('docs/proxy.md', 'ProxyFix', { 'x_for=1': count }) })
    const [http] = await start(project, 'docs/proxy.md', '3031', trust)
    expect((await request(http, get('/hello'))).content.toString()).toBe('hello world\n')
    const seen = await request(http, get('/who', 'X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Host: site.test'))
    expect(seen.content.toString()).toBe(told)
  })
})

describeWithPeers('django', 'Django on an HTTP port, as docs/proxy.md has it', () => {
  it('answers over HTTP', GENEROUS, async () => {
    const project = new Project()
    project.run('/usr/bin/python3 -m django startproject site1 .')
    expect(readFileSync(path.join(project.folder, 'site1/settings.py'), 'utf8')).toContain('ALLOWED_HOSTS')
    const http = await freePort()
    const [server, proxy] = linesOf(codeOf('docs/proxy.md', '--module site1.wsgi', {
      '/run/app/app.sock': `${project.folder}/app.sock`, '--http 8080': `--http ${http}`
    })) as [string, string]
    const uwsgi = project.start(server, PYTHON_ENVIRONMENT)
    while (!/spawned uWSGI worker/.test(uwsgi.stderr + uwsgi.stdout)) await new Promise(resolve => setTimeout(resolve, 20))
    await chmod(`${project.folder}/app.sock`, 0o666)
    await project.start(proxy).says('gatewire: http on')
    const page = await request(http, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${http}\r\n\r\n`)
    expect([page.status, page.content.toString()]).toEqual([200, expect.stringContaining('The install worked successfully')])
  })
})
