#!/usr/bin/env node
// The gatewire command: picks the subcommand and sets the exit code. What a subcommand does is its own module, loaded when it is asked for.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { didYouMean } from './nearest.js'

const HELP = `Usage: gatewire <command> [options]

Commands:
  serve <module>     run a module whose default export is a handler, behind nginx, Apache or lighttpd, or over HTTP
  proxy              put an application under uWSGI (Flask, Django) on an HTTP port
  inspect [FILE|-]   print a captured packet or request byte by byte, or why and where it is refused;
                     with --listen, what a front end sends, live

  gatewire <command> --help   options of a command, with examples
  gatewire --help, -h         this text
  gatewire --version          version of this package

Exit codes:
  0  done; a server was stopped by a signal
  1  it failed; inspect: something is refused, incomplete, or another protocol
  2  the command line is wrong, or the input cannot be read
`

const COMMANDS: Readonly<Record<string, () => Promise<(argv: string[]) => Promise<number>>>> = {
  serve: async () => (await import('./serve.js')).serve,
  proxy: async () => (await import('./proxy.js')).proxy,
  inspect: async () => (await import('./inspect.js')).inspect
}

function version (): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version
}

function print (text: string): number {
  process.stdout.write(text)
  return 0
}

function unknown (word: string): number {
  const names = Object.keys(COMMANDS)
  const isOption = word.startsWith('-')
  let hint = didYouMean(word, isOption ? ['--help', '--version', '-h'] : names)
  if (isOption && hint === '') hint = '; options of a command stand behind its name, as in: gatewire serve app.mjs --http 8080'
  if (!isOption && hint === '' && existsSync(word)) {
    hint = /\.[cm]?[jt]s$/.test(word) ? `; to run that module: gatewire serve ${word}` : `; to read that file: gatewire inspect ${word}`
  }
  process.stderr.write(`gatewire: there is no ${isOption ? 'option' : 'command'} ${JSON.stringify(word)}${hint}\n'gatewire --help' lists the commands\n`)
  return 2
}

async function main (argv: string[]): Promise<number> {
  const [word, ...rest] = argv
  if (word === undefined) {
    process.stderr.write(HELP)
    return 2
  }
  if (word === '--version') return print(`${version()}\n`)
  if (word === 'help' && rest[0] !== undefined) return Object.hasOwn(COMMANDS, rest[0]) ? main([rest[0], '--help']) : unknown(rest[0])
  if (word === '--help' || word === '-h' || word === 'help') return print(HELP)
  const load = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  return load === undefined ? unknown(word) : (await load())(rest)
}

// Whoever reads the output may go (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error })

main(process.argv.slice(2)).then(
  code => { process.exitCode = code },
  (error: unknown) => {
    process.stderr.write(`gatewire: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
    process.exitCode = 1
  }
)
