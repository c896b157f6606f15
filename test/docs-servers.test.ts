// The servers that docs/codec.md shows run as they stand there; only their ports are others. Knows what they answer, not how.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { builtEntry } from './built.js'
import { blockOf, root } from './docs_blocks.js'
import { chunked, exchange, request } from './http_peer.js'

/** Runs the server that has `words` in it, until the test is over. Gives its port; `uwsgiPort` is where it looks for an application. */
async function start (words: string, uwsgiPort = 0): Promise<number> {
  builtEntry() // it imports gatewire as an application does: the build has to be there
  const own = blockOf('docs/codec.md', words).code.replace(/server\.listen\(\d+, '127\.0\.0\.1'\)/, "server.listen(0, '127.0.0.1', () => console.log(server.address().port))")
    .replace('net.connect(3031,', `net.connect(${uwsgiPort},`)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', own], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise(resolve => child.on('close', resolve))
  onTestFinished(async () => {
    expect(child.exitCode).toBe(null) // nothing that a peer sends ends it
    child.kill()
    await closed
  })
  for await (const line of createInterface(child.stdout)) return Number(line)
  throw new Error('the example has ended')
}

const CLOSE = 'Connection: close'

it('the HTTP server answers requests one after the other, and refuses', async () => {
  const port = await start('new RequestDecoder(options, socket)')
  const [first, second, third, ...others] = await exchange(port, request('/a%20b') + chunked('/c', ['12', '345']) + request('/d', [CLOSE]))
  expect([first!.body, second!.body, third!.body]).toEqual(['/a b, 0 bytes of content\n', '/c, 5 bytes of content\n', '/d, 0 bytes of content\n'])
  expect([third!.status, others]).toEqual([200, []])

  const upgraded = await exchange(port, request('/e', ['Connection: upgrade', 'Upgrade: x']) + request('/f', [CLOSE]))
  expect(upgraded.map(({ body }) => body)).toEqual(['/e, 0 bytes of content\n', '/f, 0 bytes of content\n'])
  const refused = await exchange(port, request('/g') + 'GET / HTTP/1.1\nHost: a\r\n\r\n' + request('/h'))
  expect(refused.map(({ status }) => status)).toEqual([200, 400])
})

it('the front end passes requests to the uwsgi server, with what it knows itself', async () => {
  const uwsgiPort = await start('new RequestDecoder(options)')
  const port = await start('net.connect(3031', uwsgiPort)
  const [answer] = await exchange(port, `${request('/a', ['Content-Length: 5'])}hello`)
  expect([answer!.status, answer!.body]).toEqual([200, '/a, 5 bytes of content\n'])
  expect((await exchange(port, chunked('/a', ['1'])))[0]!.status).toBe(411)
  expect((await exchange(port, 'GET / HTTP/2.0\r\n')).map(({ status }) => status)).toEqual([505])
})

it('the front end says so when there is no application', async () => {
  const gone = await start('net.connect(3031', 1)
  expect((await exchange(gone, request('/'))).map(({ status }) => status)).toEqual([502])
})

it('the uwsgi server refuses once', async () => {
  const port = await start('new RequestDecoder(options)')
  expect((await exchange(port, '\0\x05\0\0\xFF\0abcmore')).map(({ status }) => status)).toEqual([400])
})
