// Servers in processes and threads of their own: what ends with them, what does not, and what one connection may do to the others. In
// children, because what goes wrong here ends a process. Over both transports.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { builtEntry } from './built.js'
import { runChild } from './child.js'
import { until } from './front_end.js'
import { overNativeSockets } from './transports.js'

test('whatever a handler or a subscriber throws, all connections of the turn are answered, and each error is told once', async () => {
  const { code, signal, stderr, report } = await runChild('connections_that_throw.mjs')
  expect([code, signal, stderr]).toEqual([0, null, ''])
  expect(report).toEqual({
    answered: 60,
    statuses: {
      ...Object.fromEntries(['/handler', '/promise', '/later', '/thenable', '/getter'].map(path => [path, 500])),
      ...Object.fromEntries(['/microtask', '/tick', '/immediate', '/abandoned', '/subscriber'].map(path => [path, 200]))
    },
    uncaught: ['/immediate', '/microtask', '/subscriber', '/tick', 'rejected: /abandoned'],
    errors: ['/getter', '/handler', '/later', '/promise', '/thenable']
  })
})

test('what is sent in the turn in which the bytes before it have gone is not taken for sent with them', async () => {
  const { code, signal, stderr, report } = await runChild('drained_at_once.mjs')
  expect([code, signal, stderr]).toEqual([0, null, ''])
  expect(report).toEqual({ lost: 0, sent: [1, 1] })
})

test('a byte of content that nobody reads does not hold the memory that it was read into', async () => {
  const { code, signal, stderr, report } = await runChild('content_byte_by_byte.mjs', ['--expose-gc'])
  expect([code, signal, stderr]).toEqual([0, null, ''])
  expect((report as { heldForEach: number }).heldForEach).toBeLessThan(2048)
})

test('workers that serve can be terminated with connections in every state, end themselves, and serve at once', async () => {
  const { code, signal, stderr, report } = await runChild('serving_workers.mjs')
  expect([code, signal, stderr]).toEqual([0, null, ''])
  expect(report).toEqual({ terminated: 20, exited: [5, 5, 5, 5, 5], served: 8000 })
})

describe('a process ends', () => {
  test.each([
    ['closed', 0, ['/asked', 'closed', 'listening']], ['unref', 0, ['listening']], ['unref with a connection', 0, ['/asked', 'listening']],
    ['ref again', 0, ['/asked', 'listening', 'unref']], ['exit', 7, ['/asked', 'listening']], ['throw', 1, ['/asked', 'listening']]
  ])('%s: when it has to, and not before', async (way, expected, events) => {
    const { code, signal, stderr, report } = await runChild('process_ends.mjs', [], { GATEWIRE_TEST: way })
    expect([code, signal]).toEqual([expected, null])
    expect((report as string[]).sort()).toEqual(events)
    if (way !== 'throw') expect(stderr).toBe('')
    else expect(stderr).toContain('nobody catches this')
  })
})

test('a server that is out of descriptors rests, and serves again when there are some', async () => {
  const script = fileURLToPath(new URL('children/too_many_files.mjs', import.meta.url))
  const child = spawn('/bin/sh', ['-c', 'ulimit -n 200 && exec "$0" "$@"', process.execPath, script, builtEntry()],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  onTestFinished(() => { child.kill('SIGKILL') })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const [port] = await once(child, 'message') as [number]
  let answered = 0
  const ask = (): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => {}).once('data', () => { answered++ })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    return socket
  }
  const flood = Array.from({ length: 300 }, ask)
  onTestFinished(() => { for (const socket of flood) socket.destroy() })
  await until(() => answered > 0)
  child.send('measure')
  const [cost] = await once(child, 'message') as [{ microseconds: number, elapsed: number, codes: string[] }]
  expect(answered).toBeLessThan(40)
  // What a machine that is busy with something else leaves to it can only be less.
  expect(cost.microseconds / cost.elapsed).toBeLessThan(0.5)
  if (overNativeSockets) {
    expect(new Set(cost.codes)).toEqual(new Set(['EMFILE']))
    expect(cost.codes.length).toBeLessThanOrEqual(cost.elapsed / 100_000 + 1)
  }
  for (const socket of flood) socket.destroy()
  answered = 0
  // node:net closes what it accepts until the server knows that the others have gone.
  while (answered === 0) {
    const last = ask()
    await until(() => answered > 0 || last.destroyed)
    last.destroy()
  }
  child.send('end')
  const [code, signal] = await once(child, 'exit') as [number, string]
  expect([code, signal, stderr]).toEqual([0, null, ''])
})
