// gatewire serve: loads a module, serves its handler until a signal comes, and explains what went wrong when it did not get that far.
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { createServer, type Handler, type Server } from '../server/index.js'
import { type CommandPage, readCommandLine } from './command_line.js'
import { Complaint } from './complaint.js'
import { nearest } from './nearest.js'
import { listenOn, report, runServers, SERVING_EXIT_CODES, SERVING_OPTIONS, type ServingSettings, servingSettings } from './serving.js'

const DEFAULT_ADDRESS = '127.0.0.1:3031'
const ADDRESS = { type: 'string', value: 'ADDRESS', multiple: true } as const
const OPTIONS = {
  uwsgi: {
    ...ADDRESS,
    text: 'Where to listen for uwsgi: 3031 or 127.0.0.1:3031 (this machine only), 0.0.0.0:3031 (everybody), [::1]:3031 or unix:/run/app.sock. ' +
      `Whoever reaches it sets REMOTE_ADDR, REMOTE_USER and all other variables. Default: ${DEFAULT_ADDRESS}, unless there is --http.`
  },
  http: { ...ADDRESS, text: 'Where to listen for HTTP, in the same ways: 8080 is on 127.0.0.1, 0.0.0.0:8080 for everybody.' },
  ...SERVING_OPTIONS
} as const

/** What its help has. */
export const PAGE: CommandPage = {
  name: 'serve',
  usage: ['gatewire serve <module> [options]'],
  about: [
    "Runs a module whose default export is a handler, behind nginx, Apache or lighttpd, or over HTTP: export default " +
      "(request) => ({ status: 200, headers: {}, body: 'hello' }). <module> is a file, with its extension.",
    'The first SIGINT or SIGTERM lets running requests finish, the second one does not. Refused requests and errors ' +
      'of the handler are written to stderr, one line or stack each.'
  ],
  options: OPTIONS,
  exitCodes: {
    ...SERVING_EXIT_CODES,
    1: 'The module could not be loaded, an address not be had, or a second signal came.'
  },
  examples: [
    ['gatewire serve app.mjs', `uwsgi on ${DEFAULT_ADDRESS}; nginx: uwsgi_pass ${DEFAULT_ADDRESS};`],
    ['gatewire serve app.mjs --uwsgi unix:/run/app/app.sock --mode 660', 'uwsgi on a unix socket that its group may use'],
    ['gatewire serve app.mjs --http 8080', 'HTTP on http://127.0.0.1:8080/']
  ]
}

type Protocol = 'uwsgi' | 'http'

interface Command {
  readonly module: string
  /** Where to listen, by protocol. */
  readonly addresses: Readonly<Record<Protocol, readonly string[]>>
  readonly serving: ServingSettings
}

function readCommand (argv: string[]): Command | 'help' {
  const given = readCommandLine(OPTIONS, argv)
  if (given === 'help') return 'help'
  const { values, positionals } = given
  const [module, ...surplus] = positionals
  if (module === undefined) throw new Complaint(2, 'which module? Name a file whose default export is a handler, as in: gatewire serve app.mjs')
  if (surplus.length > 0) throw new Complaint(2, `one module at a time: ${JSON.stringify(surplus[0])} is too much`)
  const { http = [], uwsgi = http.length > 0 ? [] : [DEFAULT_ADDRESS] } = values
  return { module, addresses: { uwsgi, http }, serving: servingSettings(values) }
}

/** Names in a folder. */
function namesIn (folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // then there is nothing to be suggested
  }
}

/** Why there is no module to be loaded. */
function absent (file: string, { code }: NodeJS.ErrnoException): Complaint {
  if (code === 'EACCES' || code === 'EPERM') return new Complaint(1, `${file} may not be read by whoever starts this: check the mode of the file and of its folders`)
  const folder = path.dirname(file)
  if (!existsSync(folder)) return new Complaint(1, `there is no folder ${folder}, so no module in it; name the module from this folder, or in full`)
  const { name, base } = path.parse(file)
  const modules = namesIn(folder).filter(other => /\.[cm]?[jt]s$/.test(other))
  const meant = modules.find(other => path.parse(other).name === name || path.parse(other).name === base) ?? nearest(base, modules)
  const hint = meant === undefined ? 'name the module with its extension, from this folder or in full' : `did you mean ${path.relative('.', path.join(folder, meant))}?`
  return new Complaint(1, `there is no file ${file}; ${hint}`)
}

/** What a module exports that is not a handler, and what to write. */
function noHandler (file: string, loaded: Readonly<Record<string, unknown>>): Complaint {
  const example = "write: export default (request) => ({ status: 200, body: 'hello' })"
  const { default: given } = loaded
  if (given === undefined) {
    const [named] = Object.keys(loaded).filter(name => typeof loaded[name] === 'function')
    const hint = named === undefined ? example : `it exports ${JSON.stringify(named)}; if that is the handler, write: export { ${named} as default }`
    return new Complaint(1, `${file} has no default export; ${hint}`)
  }
  const isServer = typeof given === 'object' && given !== null && 'listen' in given
  const hint = isServer ? 'that looks like a server, and gatewire is one itself; ' : ''
  return new Complaint(1, `${file} has a default export that is no function but ${given === null ? 'null' : typeof given}; ${hint}${example}`)
}

async function loadHandler (module: string): Promise<Handler> {
  const file = path.resolve(module)
  let isFolder
  try {
    isFolder = statSync(file).isDirectory()
  } catch (error) {
    throw absent(file, error as NodeJS.ErrnoException)
  }
  if (isFolder) throw new Complaint(1, `${file} is a folder; name a file in it`)
  let loaded: Readonly<Record<string, unknown>>
  try {
    loaded = await import(pathToFileURL(file).href) as Readonly<Record<string, unknown>>
  } catch (error) {
    throw new Complaint(1, `${file} could not be loaded:\n${error instanceof Error ? error.stack ?? error.message : String(error)}`, error)
  }
  if (typeof loaded['default'] !== 'function') throw noHandler(file, loaded)
  return loaded['default'] as Handler
}

async function start ({ module, addresses, serving }: Command): Promise<Server[]> {
  const handler = await loadHandler(module)
  const servers: Server[] = []
  for (const protocol of ['uwsgi', 'http'] as const) {
    if (addresses[protocol].length === 0) continue
    try {
      servers.push(createServer({ protocol, ...serving.options }, handler))
    } catch (error) {
      throw new Complaint(2, (error as Error).message)
    }
  }
  try {
    for (const server of servers) await listenOn(server, server.protocol, addresses[server.protocol], serving.mode)
  } catch (error) {
    await Promise.all(servers.map(server => server.close()))
    throw error
  }
  return servers
}

/** `gatewire serve`. Exit code 0 after a signal, 1 when it could not serve, 2 when the command line is wrong. */
export function serve (argv: string[]): Promise<number> {
  return runServers(PAGE, async () => {
    const command = readCommand(argv)
    if (command === 'help') return undefined
    report()
    return await start(command)
  })
}
