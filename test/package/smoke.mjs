// node smoke.mjs PACKAGE KERNEL ANSWERS: whether the binary in an installed package works on the processor that is there, by node:test, since this
// also runs in emulators. PACKAGE: its folder. KERNEL: which the processor gets. ANSWERS: what another processor said of the corpus, as JSON.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { answers } from './answers.mjs'

const [given, wanted, file] = process.argv.slice(2)
const folder = path.resolve(given)
const from = entry => import(pathToFileURL(path.join(folder, 'dist', entry)).href)
const expected = JSON.parse(readFileSync(file, 'utf8'))

process.env.GATEWIRE_ENGINE = 'native'
const codec = await from('index.js')

test('the addon runs, with the best kernel for the processor', () => {
  assert.deepEqual([codec.engine, codec.engineError, codec.kernel], ['native', undefined, wanted])
})

test('it says of every case of the corpus what it says elsewhere', () => {
  const said = answers(codec)
  assert.deepEqual(Object.keys(said), Object.keys(expected))
  assert.ok(Object.keys(said).length > 800)
  for (const [name, answer] of Object.entries(said)) assert.deepEqual(answer, expected[name], name)
})

test('a second thread has one of its own', async () => {
  const source = `import(process.env.PACKAGE).then(({ engine, kernel }) => require('node:worker_threads').parentPort.postMessage([engine, kernel]))`
  const worker = new Worker(source, { eval: true, env: { ...process.env, PACKAGE: pathToFileURL(path.join(folder, 'dist/index.js')).href } })
  assert.deepEqual((await once(worker, 'message'))[0], ['native', wanted])
})

test('its server and its client work over TCP and over a unix socket', async () => {
  // Elsewhere the server stands on node:net.
  if (process.platform === 'linux') process.env.GATEWIRE_TRANSPORT = 'native'
  const { createServer } = await from('server/index.js')
  const { request } = await from('client/index.js')
  const sockets = mkdtempSync(path.join(os.tmpdir(), 'gatewire-smoke-'))
  const server = createServer({ protocol: 'uwsgi' }, async head => ({ status: 200, body: `${head.get('PATH_INFO')} ${await head.text()}` }))
  try {
    const { port } = await server.listen(0)
    const addresses = [`uwsgi://127.0.0.1:${port}`]
    if (process.platform !== 'win32') {
      await server.listen(`unix:${sockets}/a.sock`)
      addresses.push(`unix:${sockets}/a.sock`)
    }
    for (const address of addresses) {
      const vars = { REQUEST_METHOD: 'POST', PATH_INFO: '/a', CONTENT_LENGTH: '100000', SERVER_PROTOCOL: 'HTTP/1.1' }
      const response = await request(address, { vars, content: 'b'.repeat(100_000) })
      assert.equal(response.status, 200)
      assert.equal(await response.text(), `/a ${'b'.repeat(100_000)}`)
    }
  } finally {
    await server.close()
    rmSync(sockets, { recursive: true, force: true })
  }
})
