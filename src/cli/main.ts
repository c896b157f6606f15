#!/usr/bin/env node
// The gatewire command: picks the subcommand and sets the exit code. What a subcommand does is its own module, loaded when it is asked for.
import { createRequire } from 'node:module'

const HELP = `Usage: gatewire <command> [options]

Commands:
  serve <module>     run a module whose default export is a handler, behind nginx, Apache or lighttpd
  proxy              put an application under uWSGI (Flask, Django) on an HTTP port
  inspect [FILE|-]   print a captured packet or request, byte ranges annotated, or why and where it is refused

  gatewire <command> --help   options of a command
  gatewire --version          version of this package

Exit codes: 0 done; 1 it failed, or the packet is refused; 2 the command line is wrong.
`

function version (): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version
}

async function main (argv: string[]): Promise<number> {
  const [command, ...rest] = argv
  switch (command) {
    case 'serve': return (await import('./serve.js')).serve(rest)
    case 'proxy': return (await import('./proxy.js')).proxy(rest)
    case 'inspect': return (await import('./inspect.js')).inspect(rest)
    case '--version':
      process.stdout.write(`${version()}\n`)
      return 0
    case '--help':
    case 'help':
      process.stdout.write(HELP)
      return 0
    case undefined:
      process.stderr.write(HELP)
      return 2
    default:
      process.stderr.write(`gatewire: there is no command ${JSON.stringify(command)}; 'gatewire --help' lists them\n`)
      return 2
  }
}

main(process.argv.slice(2)).then(
  code => { process.exitCode = code },
  (error: unknown) => {
    process.stderr.write(`gatewire: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
    process.exitCode = 1
  }
)
