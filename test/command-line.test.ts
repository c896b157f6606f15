// What all subcommands have in common: their options and help texts, which are held against each other and against the guides, and what is
// said of a command line that is wrong.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listenHint, upstreamHint } from '../src/cli/address_hints.js'
import { COMMON_OPTIONS, type CommandPage, oneOf, readCommandLine } from '../src/cli/command_line.js'
import { Complaint } from '../src/cli/complaint.js'
import { helpOf } from '../src/cli/help_page.js'
import { PAGE as inspectPage } from '../src/cli/inspect_page.js'
import { nearest } from '../src/cli/nearest.js'
import { PAGE as proxyPage } from '../src/cli/proxy.js'
import { PAGE as servePage } from '../src/cli/serve.js'
import { Command } from './command.js'
import { folder } from './front_end.js'

const guide = (name: string): string => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')
const PAGES: ReadonlyArray<readonly [name: string, page: CommandPage, guide: string]> = [
  ['serve', servePage, 'server'], ['proxy', proxyPage, 'proxy'], ['inspect', inspectPage, 'inspect']
]
const namesIn = (text: string): Set<string> => new Set([...text.matchAll(/(?<![\w-])--([a-z][a-z\d-]*)/g)].map(match => match[1]!))

/** What is wrong with arguments, according to what reads them. */
function complaint (args: string[], options: CommandPage['options'] = proxyPage.options): string {
  try {
    readCommandLine(options, args)
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 })
    return (error as Complaint).message
  }
  return 'nothing'
}

describe.each(PAGES)('gatewire %s', (name, page, guideName) => {
  const help = helpOf(page, 100)
  const options = { ...page.options, ...COMMON_OPTIONS }

  it('explains each option that it reads, and none that it does not', () => {
    for (const [option, { value, short }] of Object.entries(options)) {
      const written = `${short === undefined ? '' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`
      expect(help).toMatch(new RegExp(`^ {2}${written}(  |$)`, 'm'))
    }
    const described = help.slice(help.indexOf('Options:'), help.indexOf('Exit codes:'))
    expect([...described.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(match => match[1])).toEqual(Object.keys(options))
    const others = [...namesIn(page.usage.join(' ')), ...page.examples.filter(([line]) => line.startsWith('gatewire')).flatMap(([line]) => [...namesIn(line)])]
    expect(others.filter(option => !Object.hasOwn(options, option))).toEqual([])
  })

  it('says what every value is, and what holds without it', () => {
    for (const [option, { type, value, text }] of Object.entries(page.options)) {
      expect([option, value !== undefined]).toEqual([option, type === 'string'])
      if (type === 'string') expect([option, text]).toEqual([option, expect.stringMatching(/Default: |Required\.|, in the same ways/)])
      expect(text.endsWith('.')).toBe(true)
    }
  })

  it('has usage, exit codes and examples, and keeps to the width', () => {
    expect(help).toMatch(new RegExp(`^Usage: gatewire ${name} `))
    expect(help).toMatch(/^Exit codes:\n {2}0 {2}.+\n(?: {5}.+\n)* {2}1 {2}.+\n(?: {5}.+\n)* {2}2 {2}.+\n/m)
    expect(page.examples.length).toBeGreaterThan(2)
    for (const width of [60, 80, 100]) {
      const lines = helpOf({ ...page, sections: [], examples: [] }, width).split('\n')
      expect(lines.filter(line => line.length > width && !line.startsWith('Usage:'))).toEqual([])
    }
    expect(help.split('\n').filter(line => line.length > 110)).toEqual([])
  })

  it('has examples that are read', () => {
    for (const [line] of page.examples) {
      const [, args] = /gatewire \w+ ([^|]+)/.exec(line) ?? [undefined, '']
      expect(complaint(args!.trim().split(/\s+/).filter(Boolean), page.options)).toBe('nothing')
    }
  })

  it('has a guide with all of its options', () => {
    const named = namesIn(guide(guideName))
    expect(Object.keys(page.options).filter(option => !named.has(option))).toEqual([])
  })

  it('prints that help as a process, when asked in any way', async () => {
    const commands = [['help', name], [name, '--help'], [name, '-h'], [name, '--nonsense', '--help']].map(args => new Command(...args))
    for (const command of commands) {
      expect([await command.exited, command.stdout, command.stderr]).toEqual([0, help, ''])
    }
  })
})

describe('a command line', () => {
  it('has no option that nobody knows, and the nearest is named', () => {
    expect(complaint(['--htpp', '8080'])).toBe('there is no option --htpp; did you mean --http?')
    expect(complaint(['--max-contents=5'])).toBe('there is no option --max-contents; did you mean --max-content?')
    expect(complaint(['--timeuot', '5'])).toBe('there is no option --timeuot; did you mean --timeout?')
    expect(complaint(['--something-else'])).toBe('there is no option --something-else')
    expect(complaint(['-x'])).toBe('there is no option -x')
    expect(complaint(['--constructor'])).toBe('there is no option --constructor')
  })

  it('has a value where one is due, and nowhere else', () => {
    expect(complaint(['--http'])).toBe('--http needs a value: --http ADDRESS')
    expect(complaint(['--http='])).toBe('--http needs a value: --http ADDRESS')
    expect(complaint(['--http', '--to', 'x'])).toBe('--http needs a value: --http ADDRESS; if --to is meant, write --http=--to')
    expect(complaint(['--json=1'], inspectPage.options)).toBe('--json takes no value')
    expect(complaint(['--http=--to'])).toBe('nothing')
  })

  it('has an option twice only where that means something', () => {
    expect(complaint(['--http', '1', '--http', '2'])).toBe('nothing')
    expect(complaint(['--to', '1', '--to', '2'])).toBe('--to may be given once only')
  })

  it('has one of a few words', () => {
    const words = ['uwsgi', 'http', 'auto']
    expect(oneOf('protocol', 'http', words)).toBe('http')
    expect(() => oneOf('protocol', 'htttp', words)).toThrow('--protocol has to be uwsgi, http or auto, not "htttp"; did you mean http?')
  })
})

describe('the nearest word', () => {
  const words = ['serve', 'proxy', 'inspect', '--max-content', '--max-buffered']

  it.each([
    ['sevre', 'serve'], ['server', 'serve'], ['Serve', 'serve'], ['prox', 'proxy'], ['inspekt', 'inspect'], ['insp', 'inspect'], ['in', 'inspect'],
    ['--max-bufferd', '--max-buffered'], ['--max', undefined], ['x', undefined], ['', undefined], ['zzzzz', undefined]
  ])('to %j is %j', (wrong, found) => expect(nearest(wrong, words)).toBe(found))
})

describe('an address that is none', () => {
  it.each([
    ['http://0.0.0.0:8080/', '; leave the scheme out: --http 0.0.0.0:8080'],
    ['https://0.0.0.0:8443', '; leave the scheme out: --http 0.0.0.0:8443 (gatewire speaks no TLS: let nginx end it)'],
    [':3031', '; write --http 3031 for this machine only, or --http 0.0.0.0:3031 for everybody'],
    ['/run/app.sock', '; for a unix socket write --http unix:/run/app.sock'],
    ['localhost', '; the port is missing: --http localhost:8080'],
    ['::1:8080', '; an IPv6 address stands in brackets: --http [::1]:8080'],
    ['127.0.0.1:99999', '']
  ])('to listen on: %j', (address, hint) => expect(listenHint(address, 'http')).toBe(hint))

  it.each([
    ['http://127.0.0.1:3031', '; gatewire proxy speaks uwsgi to the application, not HTTP'],
    ['fcgi://127.0.0.1:9000', '; gatewire proxy speaks uwsgi to the application, without TLS, and no other protocol'],
    ['127.0.0.1:3031', '; write --to uwsgi://127.0.0.1:3031'],
    ['tcp://app:3031', '; write --to uwsgi://app:3031'],
    ['3031', '; write --to uwsgi://127.0.0.1:3031'],
    ['uwsgi://app', '; the port is missing: --to uwsgi://app:3031'],
    ['uwsgi:///run/app.sock', '; for a unix socket write --to unix:/run/app.sock'],
    ['/run/app.sock', '; for a unix socket write --to unix:/run/app.sock'],
    ['unix:', '']
  ])('of a uwsgi server: %j', (address, hint) => expect(upstreamHint(address).slice(0, hint.length || undefined)).toBe(hint))
})

describe('gatewire', () => {
  const main = async (...args: string[]): Promise<[number | null, string, string]> => {
    const command = new Command(...args)
    return [await command.exited, command.stdout, command.stderr]
  }

  it('explains itself when it is asked, and when it does not know what to do', async () => {
    const [code, help] = await main('--help')
    expect([code, help]).toEqual([0, expect.stringMatching(/^Usage: gatewire <command>[^]*serve <module>[^]*proxy[^]*inspect \[FILE\|-\][^]*Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /)])
    expect(await Promise.all([['-h'], ['help']].map(args => main(...args)))).toEqual([[0, help, ''], [0, help, '']])
    expect(await main()).toEqual([2, '', help])
  })

  it('says what a word that is no command may have been', async () => {
    const module = `${folder()}/app.mjs`
    writeFileSync(module, 'export default () => ({ status: 200 })')
    const said = async (...args: string[]): Promise<string> => {
      const [code, out, err] = await main(...args)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain("\n'gatewire --help' lists the commands\n")
      return err.split('\n')[0]!
    }
    expect(await said('sevre')).toBe('gatewire: there is no command "sevre"; did you mean serve?')
    expect(await said('help', 'inspct')).toBe('gatewire: there is no command "inspct"; did you mean inspect?')
    expect(await said('toString')).toBe('gatewire: there is no command "toString"')
    expect(await said('--verison')).toBe('gatewire: there is no option "--verison"; did you mean --version?')
    expect(await said('--http', '8080')).toContain('; options of a command stand behind its name')
    expect(await said(module)).toContain(`; to run that module: gatewire serve ${module}`)
  })
})
