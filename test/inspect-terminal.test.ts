// `gatewire inspect` on a terminal: colours and width, and neither where there is none.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { builtEntry } from './built.js'
import { Command } from './command.js'
import { captures } from './inspection.js'
import { startOnTerminal } from './pty.js'

const main = fileURLToPath(new URL('cli/main.js', builtEntry()))
const good = path.join(captures, 'nginx-post-form.bin')
const bad = path.join(captures, 'uwsgi-bad-key-overrun-last.req.bin')
const ESCAPE = /\x1B\[[0-9;]*m/g // oxlint-disable-line no-control-regex

// Those of whoever runs the tests.
for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) delete process.env[name]

async function onTerminal (args: readonly string[], columns: number, env: Record<string, string> = {}): Promise<[code: number | null, text: string]> {
  const started = startOnTerminal([process.execPath, main, ...args], columns, env)
  return [await started.exited, started.text()]
}

async function piped (args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const command = new Command(env, ...args)
  await command.exited
  return command.stdout
}

describe('on a terminal', () => {
  it.each([60, 80, 100, 132])('of %i columns the page has colours and that width', async columns => {
    for (const [file, expected] of [[good, 0], [bad, 1]] as const) {
      const [code, text] = await onTerminal(['inspect', file], columns)
      expect(code).toBe(expected)
      const plain = text.replace(ESCAPE, '')
      expect(text.length).toBeGreaterThan(plain.length)
      expect(plain).toMatch(/^[\x20-\x7E\n]+$/)
      const [title, ...lines] = plain.split('\n')
      expect(title).toContain(path.basename(file).slice(0, 5))
      expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(columns)
      expect(Math.max(...lines.map(line => line.length))).toBeGreaterThan(columns - 12)
    }
  })

  it('names, values and lengths have the same colour in all columns, and a fault is red', async () => {
    const [, text] = await onTerminal(['inspect', good], 100)
    // PATH_INFO: the length of the key, the key, the length of the value, the value.
    const row = text.split('\n').find(line => line.includes('PATH_INFO'))!
    expect(row).toMatch(/\x1B\[90m09 00\x1B\[39m \x1B\[36m50 41 54 48[^]*\x1B\[90m\.\.\x1B\[39m\x1B\[36mPATH_INFO[^]*\x1B\[36mPATH_INFO\x1B\[39m = \x1B\[32m\//) // oxlint-disable-line no-control-regex
    expect(text).toMatch(/\x1B\[1m\x1B\[32maccepted/) // oxlint-disable-line no-control-regex
    const [, refused] = await onTerminal(['inspect', bad], 100)
    expect(refused).toMatch(/\x1B\[1m\x1B\[31mrefused/) // oxlint-disable-line no-control-regex
    expect(refused).toMatch(/\x1B\[31m\^\^ byte 298/) // oxlint-disable-line no-control-regex
  })

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }])('there are none with %j', async env => {
    const [code, text] = await onTerminal(['inspect', good], 100, env as Record<string, string>)
    expect([code, text]).toEqual([0, await piped(['inspect', good])])
  })

  it('JSON has none', async () => {
    const [, text] = await onTerminal(['inspect', good, '--json'], 100)
    expect(JSON.parse(text)).toMatchObject({ accepted: true })
  })

  it('help has them, too, and asks for a file', async () => {
    const [, text] = await onTerminal(['inspect', '--help'], 80)
    expect(text).toMatch(ESCAPE)
    expect(text.replace(ESCAPE, '')).toContain('Usage: gatewire inspect')
    expect(await onTerminal(['inspect'], 80)).toEqual([2, expect.stringContaining('give a FILE')])
  })
})

describe('elsewhere', () => {
  it('there are no colours, unless they are forced', async () => {
    const text = await piped(['inspect', good])
    expect(text).toMatch(/^[\x20-\x7E\n]+$/)
    const forced = await piped(['inspect', good], { FORCE_COLOR: '1' })
    expect(forced).not.toBe(text)
    expect(forced.replace(ESCAPE, '')).toBe(text)
  })
})
