// The demo of `npm start`, run as it is run there but on addresses of the test.
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ExampleProject, startInPlace } from './example_project.js'
import { ask, bodyOf, folder, packet, serve, statusOf } from './front_end.js'
import { freePort, LOOPBACK, serves } from './interop/peers/address.js'
import { describeWithPeers } from './interop/peers/availability.js'

test('the demo serves its pages over HTTP, and over uwsgi on TCP and a unix socket, says how to reach them, and stops', async () => {
  const path = `${folder()}/demo.sock`
  const port = await freePort()
  const httpPort = await freePort()
  const running = startInPlace('demo/server.mjs', `http://127.0.0.1:${httpPort}`, `127.0.0.1:${port}`, `unix:${path}`)
  await running.says(/Ctrl\+C/)
  for (const address of [`127.0.0.1:${port}`, `unix:${path}`]) expect(running.stdout).toContain(`uwsgi_pass ${address};`)
  expect(running.stdout).toContain(`node examples/uwsgi-hello/ask.mjs uwsgi://127.0.0.1:${port} /environ`)
  for (const to of [port, path]) {
    const response = await ask(to, packet({ PATH_INFO: '/environ', HTTP_X: 'y' }))
    expect(JSON.parse(bodyOf(response))).toMatchObject({ PATH_INFO: '/environ', HTTP_X: 'y' })
  }
  expect(running.stdout).toContain(`curl http://127.0.0.1:${httpPort}/environ`)
  const environ = await (await fetch(`http://127.0.0.1:${httpPort}/environ`)).json() as object
  expect(environ).toMatchObject({ PATH_INFO: '/environ', SERVER_PORT: String(httpPort), REMOTE_ADDR: '127.0.0.1' })
  expect(await (await fetch(`http://127.0.0.1:${httpPort}/echo`, { method: 'POST', body: 'some content' })).text()).toBe('some content')
  expect(bodyOf(await ask(port, packet()))).toContain('Hello from gatewire')
  expect(bodyOf(await ask(port, packet({ PATH_INFO: '/count' })))).toBe('1\n2\n3\n4\n5\n')
  expect(statusOf(await ask(port, packet({ PATH_INFO: '/toString' })))).toBe(404)
  const content = Buffer.alloc(300_000, 'content')
  const head = packet({ REQUEST_METHOD: 'POST', PATH_INFO: '/echo', CONTENT_LENGTH: String(content.length) })
  expect(bodyOf(await ask(port, Buffer.concat([head, content]))) === content.toString()).toBe(true)
  expect(await running.stop('SIGINT')).toBe(0)
  expect(existsSync(path)).toBe(false)
})

test('the demo says what to do when its port is taken', async () => {
  const { server } = await serve(() => ({ status: 200 }))
  const { port } = server.address() as AddressInfo
  const running = startInPlace('demo/server.mjs', `127.0.0.1:${port}`)
  expect(await running.exited).toBe(1)
  expect(running.stderr).toContain(`127.0.0.1:${port} is in use`)
  expect(running.stderr).toContain('npm start -- ')
})

describeWithPeers(['nginx', 'curl'], 'the demo', () => {
  test('is reached through nginx by the commands that it prints', async () => {
    const project = await ExampleProject.make()
    const root = '..'
    const running = project.start(root, 'node examples/demo/server.mjs')
    const [, nginx, curl] = await running.says(/^ {2}(nginx .*)\n {2}(curl .*)\n[^]*Ctrl/m)
    project.start(root, nginx!)
    while (!await serves({ host: LOOPBACK, port: Number(/:(\d+)/.exec(curl!)![1]) }));
    expect(JSON.parse(project.run(root, curl!))).toMatchObject({ PATH_INFO: '/environ', REMOTE_ADDR: '127.0.0.1' })
  })
})
