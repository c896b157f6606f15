// Processes of this benchmark's own, each in its place among the cores. Their side: parent.mjs. Knows nothing of what they are measured by.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startedAt } from './cores.mjs'
import { BODY, TYPE } from './servers/answer.mjs'

/** `options`: what it is given. `flags`: of Node. The result: what it says first, its process id, `ask` and `stop`. */
async function startChild (file, place, options, flags) {
  const [execPath, ...execArgv] = [...startedAt(place), process.execPath, ...flags]
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(options)], { execPath, execArgv })
  const exited = once(child, 'exit')
  const ended = exited.then(() => Promise.reject(new Error(`${file} has ended`)))
  ended.catch(() => {}) // at the end it is meant to
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  return {
    first: await answer(),
    pid: child.pid,
    ask (question) {
      child.send(question)
      return answer()
    },
    async stop () {
      if (child.connected) child.disconnect()
      await exited
    }
  }
}

/** A server of servers/, with `address`, where it listens. */
export async function startServer (file, options = {}, flags = []) {
  const child = await startChild(`servers/${file}`, 'server', options, flags)
  return { ...child, address: child.first }
}

/** A client. */
export const startClient = (file, options) => startChild(file, 'client', options, [])

/** Throws when a server does not give the answer that all of them give. */
export async function verifyAnswer (url) {
  const response = await fetch(url)
  assert.deepEqual([response.status, response.headers.get('content-type'), await response.text()], [200, TYPE, BODY])
  assert.ok(response.headers.has('date'))
}
