// The files of unix sockets: their names, and whose they are when a server closes. Over both transports; those of node:net do not look
// whose file they remove.
import { existsSync, renameSync, statSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createServer, type Server } from '../src/server/index.js'
import { ask, bodyOf, folder, packet } from './front_end.js'
import { overNativeSockets } from './transports.js'

async function serveAt (file: string, body: string): Promise<Server> {
  const server = createServer({ protocol: 'uwsgi', drainTimeout: 200 }, () => ({ status: 200, body }))
  onTestFinished(() => server.close())
  expect(await server.listen(`unix:${file}`)).toBe(file)
  return server
}

test('names of every length, up to the longest', async () => {
  const directory = folder()
  for (const length of [directory.length + 2, 80, 106, 107]) {
    const file = `${directory}/${'x'.repeat(length - directory.length - 1)}`
    const server = await serveAt(file, file)
    expect(server.address()).toBe(file)
    expect(bodyOf(await ask(file, packet()))).toBe(file)
    await server.close()
    expect(existsSync(file)).toBe(false)
    expect(server.address()).toBe(null)
  }
})

test.each(['s\u00F6cket', '\u30BD\u30B1\u30C3\u30C8', '\u{1F50C}', 'with blank', "it's", '-', 'a\nb'])('a name as %j', async name => {
  const file = `${folder()}/${name}`
  const server = await serveAt(file, 'here')
  expect(statSync(file).isSocket()).toBe(true)
  expect(bodyOf(await ask(file, packet()))).toBe('here')
  await server.close()
  expect(existsSync(file)).toBe(false)
})

test('a relative name is of the working directory', async () => {
  const file = `${folder()}/s.sock`
  const server = await serveAt(path.relative(process.cwd(), file), 'here')
  expect(bodyOf(await ask(file, packet()))).toBe('here')
  await server.close()
  expect(existsSync(file)).toBe(false)
})

test('the same name again, after the first server has closed', async () => {
  const file = `${folder()}/s.sock`
  for (const body of ['first', 'second']) {
    const server = await serveAt(file, body)
    expect(bodyOf(await ask(file, packet()))).toBe(body)
    await server.close()
  }
})

test('a server that has taken over the name keeps its file when the one before it closes', async () => {
  const directory = folder()
  const file = `${directory}/s.sock`
  const first = await serveAt(file, 'first')
  await serveAt(`${directory}/new.sock`, 'second')
  renameSync(`${directory}/new.sock`, file)
  expect(bodyOf(await ask(file, packet()))).toBe('second')
  await first.close()
  expect(existsSync(file)).toBe(overNativeSockets)
  if (overNativeSockets) expect(bodyOf(await ask(file, packet()))).toBe('second')
})

test('a file that is gone is no reason not to close', async () => {
  const file = `${folder()}/s.sock`
  const server = await serveAt(file, 'here')
  unlinkSync(file)
  await server.close()
  expect(existsSync(file)).toBe(false)
})

test('a name that cannot be had', async () => {
  const server = createServer({ protocol: 'uwsgi' }, () => ({ status: 200 }))
  const directory = folder()
  await expect(server.listen(`unix:${directory}/none/s.sock`)).rejects.toMatchObject({ code: 'ENOENT', message: expect.stringContaining('does not exist') })
  expect(server.address()).toBe(null)
  await server.listen(`unix:${directory}/s.sock`)
  await server.close()
})
