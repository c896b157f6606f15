// Connections of one turn whose handlers throw in every way there is, among others that do not: each is answered, and what nobody catches
// is told to the process once.
import { subscribe } from 'node:diagnostics_channel'
import { askAtOnce } from './peers_in_a_thread.mjs'

const { createServer } = await import(new URL('server/index.js', process.argv[2]))
const uncaught = []
const errors = []
process.on('uncaughtException', error => uncaught.push(error.message))
process.on('unhandledRejection', error => uncaught.push(`rejected: ${error.message}`))
subscribe('gatewire:error', ({ error }) => errors.push(error.message))
subscribe('gatewire:request', ({ request }) => {
  const path = request.get('PATH_INFO')
  if (path === '/subscriber') throw new Error(path)
})

function fail (path) {
  throw new Error(path)
}

const ways = {
  '/handler': fail,
  '/promise': async path => fail(path),
  '/later': async path => { await new Promise(setImmediate); fail(path) },
  '/thenable': path => ({ then () { fail(path) } }), // oxlint-disable-line unicorn/no-thenable
  '/getter': path => ({ get status () { return fail(path) } }),
  '/microtask': path => { queueMicrotask(() => fail(path)); return { status: 200 } },
  '/tick': path => { process.nextTick(fail, path); return { status: 200 } },
  '/immediate': path => { setImmediate(fail, path); return { status: 200 } },
  '/abandoned': path => { void Promise.reject(new Error(path)); return { status: 200 } }
}

const server = createServer({ protocol: 'http' }, request => {
  const path = request.get('PATH_INFO')
  return (ways[path] ?? (() => ({ status: 200 })))(path)
})
const { port } = await server.listen(0)
const others = Array.from({ length: 60 }, (_, i) => `/other/${i}`)
const statuses = await askAtOnce(port, [...others.slice(0, 30), ...Object.keys(ways), '/subscriber', ...others.slice(30)])
await server.close()
const answered = others.filter(path => statuses[path] === 200).length
process.stdout.write(JSON.stringify({
  answered,
  statuses: Object.fromEntries(Object.entries(statuses).filter(([path]) => !path.startsWith('/other'))),
  uncaught: uncaught.sort(),
  errors: errors.sort()
}))
