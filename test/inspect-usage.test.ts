// `gatewire inspect` as people use it, rightly and wrongly, and as its guide describes it.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeUwsgi } from '../src/index.js'
import { captures, facts, run } from './inspection.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatewire-inspect-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The keys of an object and of all objects in it. */
function keysOf (value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(keysOf)]
}

describe('usage', () => {
  it.each([
    [['--nonsense'], '--nonsense'],
    [['--protocol', 'ftp'], '--protocol has to be uwsgi, http or auto'],
    [['a', 'b'], 'one FILE at a time'],
    [['/nowhere/at/all.bin'], 'there is no folder /nowhere/at'],
    [['/'], 'it is a folder'],
    [[`${captures}nginx-post-from.bin`], 'there is no such file; did you mean nginx-post-form.bin?']
  ])('%j is refused with what to do', async (argv, words) => {
    const { code, out, err } = await run(argv)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(words)
    expect(err).toContain("\n'gatewire inspect --help' explains the options\n")
  })

  it('prints help with the exit codes', async () => {
    const { code, out } = await run(['--help', '--json'])
    expect(code).toBe(0)
    for (const words of ['Exit codes', '--protocol', '--json', 'fitsStockUwsgi', 'Examples']) expect(out).toContain(words)
    expect(out.split('\n').filter(line => line.length > 110)).toEqual([])
  })

  it('documents every key of its JSON', async () => {
    const { out: help } = await run(['-h'])
    const { code: _code, ...json } = await facts(encodeUwsgi([['A', 'b']]))
    const { code: _, ...http } = await facts(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n'))
    for (const key of [...keysOf(json), ...keysOf(http)].filter(key => !/^[A-Z_]+$/.test(key))) expect(help).toContain(key)
  })

  it('asks for a file when standard input is a terminal, but reads it when told to', async () => {
    const terminal = (): Readable => Object.assign(Readable.from([encodeUwsgi([])]), { isTTY: true })
    expect(await run([], terminal())).toMatchObject({ code: 2, err: expect.stringContaining('give a FILE') })
    expect(await run(['-'], terminal())).toMatchObject({ code: 0, err: '' })
  })

  it('reads standard input in pieces, and no more than 4 MiB of it', async () => {
    const bytes = encodeUwsgi([['REQUEST_METHOD', 'GET']])
    const pieces = Array.from(bytes, byte => Buffer.from([byte]))
    expect((await run(['-'], Readable.from(pieces))).code).toBe(0)
    function * endless (): Generator<Buffer> { for (;;) yield Buffer.alloc(65536) }
    expect(await run([], Readable.from(endless()))).toMatchObject({ code: 2, err: expect.stringContaining('more than 4 MiB') })
  })

  it('looks at the beginning of a larger file and still counts all of it', async () => {
    const file = path.join(folder, 'large.bin')
    const head = encodeUwsgi([['REQUEST_METHOD', 'PUT'], ['CONTENT_LENGTH', String(9 * 2 ** 20)]])
    writeFileSync(file, head)
    truncateSync(file, head.length + 10 * 2 ** 20)
    const { code, out } = await run([file, '--json'])
    const at = head.length
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ content: { offset: at, announced: 9 * 2 ** 20, present: 9 * 2 ** 20 }, rest: { offset: at + 9 * 2 ** 20, length: 2 ** 20 } })
    expect((await run([file])).out).toContain(`then ${2 ** 20} bytes`)
  })
})

describe('docs/inspect.md', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const guide = readFileSync(path.join(root, 'docs/inspect.md'), 'utf8')
  const examples = Array.from(guide.matchAll(/\$ gatewire inspect (test\/\S+)\n([^]*?)```/g))

  it('shows what is printed', async () => {
    expect(examples.length).toBe(4)
    for (const [, file, shown] of examples) {
      expect((await run([path.relative('.', path.join(root, file!))])).out).toBe(shown)
    }
  })

  it('explains every warning', async () => {
    const source = readFileSync(path.join(root, 'src/cli/facts.ts'), 'utf8')
    const codes = Array.from(source.matchAll(/'([A-Z0-9_]{6,})'/g), match => match[1]!)
    expect(codes.length).toBeGreaterThan(8)
    for (const code of codes) expect(guide).toContain(`\`${code}\``)
  })
})

// The command as it is installed; `npm test` builds it first.
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

describe.runIf(existsSync(command))('as a process', () => {
  const start = (...argv: string[]): Promise<{ code: number, out: string, err: string }> => new Promise((resolve) => {
    execFile(process.execPath, [command, 'inspect', ...argv], (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }))
  })

  it('exits with 0, 1 and 2', async () => {
    const accepted = await start(path.join(captures, 'nginx-post-form.bin'))
    expect(accepted).toMatchObject({ code: 0, out: expect.stringContaining('uwsgi packet accepted'), err: '' })
    const refused = await start(path.join(captures, 'uwsgi-bad-key-overrun-last.req.bin'))
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('ERR_UWSGI_KEY_OVERRUN'), err: '' })
    expect(await start('--nonsense')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('there is no option --nonsense') })
  })
})
