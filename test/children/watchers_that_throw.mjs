// Owners of native sockets that throw when they are told: the others of the turn are told, too, and each error reaches the process once.
import { connect } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const { atEndOfTurn, setWatcher, threadSockets } = await import(new URL('sockets/index.js', process.argv[2]))
const { calls } = threadSockets()
const folder = mkdtempSync(path.join(os.tmpdir(), 'gatewire-'))
const file = path.join(folder, 's.sock')
const count = 300
const uncaught = new Map()
process.on('uncaughtException', ({ message }) => uncaught.set(message, (uncaught.get(message) ?? 0) + 1))

const listener = calls.listenUnix(file, count)
const peers = Array.from({ length: count }, () => connect(file))
await Promise.all(peers.map(peer => new Promise(resolve => peer.once('connect', resolve))))
const numbers = peers.map(() => calls.acceptConnection(listener))
const ready = []
const ended = []
const done = new Promise(resolve => {
  for (const number of numbers) {
    const late = {
      turnEnds () {
        ended.push(number)
        if (ended.length === count) setImmediate(() => setImmediate(resolve))
        if (number % 2 === 1) throw new Error(`late ${number}`)
      }
    }
    setWatcher(number, {
      ready () {
        ready.push(number)
        atEndOfTurn(late)
        if (number % 3 === 0) throw new Error(`early ${number}`)
      }
    })
    calls.watchConnection(number)
  }
})
for (const peer of peers) peer.write('x')
await done
for (const number of [listener, ...numbers]) calls.closeSocket(number, 0)
for (const peer of peers) peer.destroy()
rmSync(folder, { recursive: true })
const expected = numbers.flatMap(number => [...(number % 3 === 0 ? [`early ${number}`] : []), ...(number % 2 === 1 ? [`late ${number}`] : [])])
process.stdout.write(JSON.stringify({
  ready: new Set(ready).size, readyCalls: ready.length, ended: new Set(ended).size,
  missing: expected.filter(message => uncaught.get(message) !== 1).length, surplus: uncaught.size - expected.length
}))
