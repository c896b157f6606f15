// A Flask application on an HTTP port: runs uWSGI, and `gatewire proxy` before it. When one of them ends, so does the other.
// node start.mjs [PORT]: HTTP on 127.0.0.1, 8080 if none is given. UWSGI names the program if it is not in the PATH.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const SOCKET = 'app.sock' // as uwsgi.ini has it
const port = process.argv[2] ?? '8080'

const require = createRequire(import.meta.url)
const manifest = require.resolve('gatewire/package.json')
const gatewire = path.join(path.dirname(manifest), require(manifest).bin.gatewire)

/** A program with a process group of its own: Ctrl+C is for this one, which ends the others in their order. */
function run (program, ...args) {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
  child.ended = once(child, 'exit').then(([code]) => code ?? 1, error => {
    console.error(`${program} cannot be run: ${error.message}`)
    return 1
  })
  return child
}

/** Whether somebody listens there. */
function isOpen (socket) {
  return new Promise(resolve => {
    const connection = net.connect(socket, () => {
      connection.destroy()
      resolve(true)
    })
    connection.on('error', () => resolve(false))
  })
}

process.chdir(import.meta.dirname) // where app.py, uwsgi.ini and the socket are
const uwsgi = run(process.env.UWSGI ?? 'uwsgi', '--ini', 'uwsgi.ini')
let proxy
let ended = false
uwsgi.ended.then(() => {
  ended = true
  proxy?.kill()
})
// The proxy goes first, so that uWSGI can finish what it is asked. A second signal makes the proxy leave at once.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (proxy ?? uwsgi).kill())

while (!ended && !await isOpen(SOCKET)) await sleep(50)
if (!ended) {
  proxy = run(process.execPath, gatewire, 'proxy', '--http', port, '--to', `unix:${SOCKET}`)
  process.exitCode = await proxy.ended
  uwsgi.kill()
}
process.exitCode ||= await uwsgi.ended
