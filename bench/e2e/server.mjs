// Starts one of the servers of servers/ as a process of its own, on the core of the server. Knows nothing of what it is measured by.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startedAt } from './cores.mjs'
import { BODY, TYPE } from './servers/answer.mjs'

/** `options`: what the server is given. `flags`: of Node. The result: where it listens, its process id, `ask` and `stop`. */
export async function startServer (file, options = {}, flags = []) {
  const [execPath, ...execArgv] = [...startedAt('server'), process.execPath, ...flags]
  const child = fork(fileURLToPath(new URL(`servers/${file}`, import.meta.url)), [JSON.stringify(options)], { execPath, execArgv })
  const exited = once(child, 'exit')
  const ended = exited.then(() => Promise.reject(new Error(`${file} has ended`)))
  ended.catch(() => {}) // at the end it is meant to
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  return {
    address: await answer(),
    pid: child.pid,
    /** Sends a message and waits for the answer. */
    ask (message) {
      child.send(message)
      return answer()
    },
    async stop () {
      if (child.connected) child.disconnect()
      await exited
    }
  }
}

/** Throws when a server does not give the answer that all of them give. */
export async function verifyAnswer (url) {
  const response = await fetch(url)
  assert.deepEqual([response.status, response.headers.get('content-type'), await response.text()], [200, TYPE, BODY])
  assert.ok(response.headers.has('date'))
}
