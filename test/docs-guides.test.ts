// What docs/server.md, docs/client.md and docs/front-ends.md show, run in a project of its own: with other ports and paths, and with what a
// page leaves to the reader added. Knows what each piece has to do, not how.
import { copyFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { request } from '../src/client/index.js'
import { decodeUwsgi, encodeUwsgi, type RequestHead } from '../src/index.js'
import { blockOf, codeOf } from './docs_blocks.js'
import { Project, stepsOf } from './docs_project.js'
import { folder } from './front_end.js'
import { freePort } from './interop/peers/address.js'
import type { Running } from './running.js'
import { describeWithPeers } from './interop/peers/availability.js'

const SERVER = 'docs/server.md'
const get = { REQUEST_METHOD: 'GET', PATH_INFO: '/a', REQUEST_URI: '/a?b' }

async function answer (address: string, vars: Record<string, string> = get): Promise<string> {
  return (await request(address, { vars })).text()
}

/** Runs a program that ends with saying its address. */
async function start (project: Project, code: string): Promise<Running> {
  project.write('program.mjs', `${code}\nconsole.log('listening')\n`)
  const running = project.start('node program.mjs')
  await running.says('listening\n')
  return running
}

it('the first server of docs/server.md answers, says what can be seen, and stops', async () => {
  const port = await freePort()
  const first = codeOf(SERVER, 'hello ${request', { 'listen(3031)': `listen(${port})` })
  const running = await start(new Project(), [
    first, blockOf(SERVER, "'gatewire:response', (").code, blockOf(SERVER, "'SIGINT', 'SIGTERM'").code, 'console.log(JSON.stringify(address))'
  ].join('\n'))
  expect(JSON.parse(running.stdout.split('\n')[0]!)).toEqual({ address: '127.0.0.1', family: 'IPv4', port })
  expect(first).toContain("{ address: '127.0.0.1', family: 'IPv4', port: 3031 }")
  expect(await answer(`uwsgi://127.0.0.1:${port}`)).toBe('hello /a\n')
  await running.says('200 9 "/a?b"')
  expect(await running.stop('SIGTERM')).toBe(0)
})

it('one handler of docs/server.md answers over both protocols', async () => {
  const port = await freePort()
  const socket = `unix:${folder()}/app.sock`
  const project = new Project({ 'handler.mjs': "export default request => ({ status: 200, body: request.get('PATH_INFO') })" })
  await start(project, codeOf(SERVER, "import handler from './handler.mjs'", { '127.0.0.1:8080': `127.0.0.1:${port}`, 'unix:/run/gatewire/app.sock': socket }))
  expect(await answer(socket)).toBe('/a')
  expect(await (await fetch(`http://127.0.0.1:${port}/b`)).text()).toBe('/b')
})

it('gatewire serve of docs/server.md runs its handler', async () => {
  const [http, uwsgi] = [await freePort(), await freePort()]
  const socket = `unix:${folder()}/app.sock`
  const project = new Project({ 'handler.mjs': blockOf(SERVER, 'async function * lines').code })
  const lines = codeOf(SERVER, 'gatewire serve handler.mjs', { '--http 8080': `--http ${http}`, 'unix:/run/gatewire/app.sock': socket, '127.0.0.1:3031': `127.0.0.1:${uwsgi}` })
    .trimEnd().split('\n')
  for (const line of lines) {
    const running = project.start(`node_modules/.bin/${line}`)
    await running.says(line.includes('--http') ? 'gatewire: http on' : `gatewire: uwsgi on ${socket}`)
  }
  expect(await (await fetch(`http://127.0.0.1:${http}/`)).text()).toBe('1\n2\n3\n4\n5\n')
  for (const address of [socket, `uwsgi://127.0.0.1:${uwsgi}`]) expect(await answer(address)).toBe('1\n2\n3\n4\n5\n')
})

it('the application of docs/front-ends.md shows its environ', async () => {
  const port = await freePort()
  const socket = `unix:${folder()}/app.sock`
  await start(new Project(), codeOf('docs/front-ends.md', 'JSON.stringify(request.environ', { '127.0.0.1:3031': `127.0.0.1:${port}`, 'unix:/run/gatewire/app.sock': socket }))
  for (const address of [socket, `uwsgi://127.0.0.1:${port}`]) expect(JSON.parse(await answer(address))).toEqual(get)
})

it('variables that uWSGI acts on are left out, as docs/client.md has it', () => {
  const head = decodeUwsgi(encodeUwsgi({ ...get, UWSGI_FILE: '/tmp/x.py' }))!
  const leaveOut = new Function('head', `${blockOf('docs/client.md', "startsWith('UWSGI_')").code}; return vars`) as (head: RequestHead) => unknown
  expect(leaveOut(head)).toEqual(Object.entries(get))
})

it('gatewire inspect of docs/inspect.md prints what is sent to it, and answers', async () => {
  const port = await freePort()
  const socket = `unix:${folder()}/app.sock`
  const project = new Project()
  const lines = codeOf('docs/inspect.md', '--listen 3031', { 3031: String(port), 'unix:/run/gatewire/app.sock': socket }).trimEnd().split('\n')
  for (const [line, address, status] of [[lines[0]!, `uwsgi://127.0.0.1:${port}`, 200], [lines[1]!, socket, 503]] as const) {
    const running = project.start(`node_modules/.bin/${line}`)
    while (!running.stderr.includes(address.replace('uwsgi://', ''))) await new Promise(resolve => setTimeout(resolve, 10))
    expect((await request(address, { vars: get })).status).toBe(status)
    await running.says('/a?b')
  }
})

describeWithPeers('jq', 'the filters of docs/inspect.md', () => {
  it.each([
    ['captures/nginx-post-form.bin', '.vars[]', '/form\n'],
    ['requests/curl-post-chunked.bin', '.requests[]', 'Transfer-Encoding\nX-Request_Id\n']
  ])('take from %s what they are for', (file, filter, printed) => {
    const { command } = stepsOf(blockOf('docs/inspect.md', 'jq -r').code).find(({ command }) => command.includes(filter))!
    const project = new Project()
    copyFileSync(new URL(`corpus/${file}`, import.meta.url), `${project.folder}/request.bin`)
    expect(project.run(`node_modules/.bin/${command}`)).toBe(printed)
  })
})
