// WSGI in JavaScript (PEP 3333): makes of an application (environ, startResponse) => iterable of bytes a handler of gatewire/server.
// What Python says with an underscore is in camel case, bytes are Uint8Arrays; an application and its iterable may be asynchronous, too.
import { wsgiEnviron } from 'gatewire'

const NEWLINE = 10

/** `wsgi.input`: the content, to be read like a file. */
class Input {
  #bytes
  #at = 0

  constructor (bytes) {
    this.#bytes = bytes
  }

  /** So many bytes, or all that are left; none at the end. */
  read (size = -1) {
    return this.#take(size < 0 ? this.#bytes.length : this.#at + size)
  }

  /** Up to the end of the line, that included. */
  readline (size = -1) {
    const newline = this.#bytes.indexOf(NEWLINE, this.#at)
    const end = newline < 0 ? this.#bytes.length : newline + 1
    return this.#take(size < 0 ? end : Math.min(end, this.#at + size))
  }

  readlines () {
    return [...this]
  }

  * [Symbol.iterator] () {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line
  }

  #take (end) {
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at += bytes.length
    return bytes
  }
}

/** `wsgi.errors`. */
const errors = {
  write: text => { process.stderr.write(text) },
  writelines: lines => { for (const line of lines) process.stderr.write(line) },
  flush: () => {}
}

export function wsgi (app) {
  return async request => {
    let response // what the application has said last
    let sent = false
    const written = []

    function startResponse (status, headers, excInfo) {
      if (excInfo !== undefined && sent) throw excInfo // too late to say something else
      if (excInfo === undefined && response !== undefined) throw new Error('startResponse was called twice')
      response = { status, headers }
      return bytes => { written.push(bytes) }
    }

    async function * pieces (result) {
      try {
        for await (const bytes of result) yield * [...written.splice(0), bytes]
        yield * written.splice(0)
      } finally {
        await result.close?.()
      }
    }

    // All of the content, because an application reads without waiting: maxContentBytes of the server says how much that may be.
    const environ = wsgiEnviron(request.head, { input: new Input(await request.bytes()), errors })
    const result = await app(environ, startResponse)
    if (Array.isArray(result) && response !== undefined) return { ...response, body: [...written, ...result] } // with its length

    const body = pieces(result)
    // A generator says nothing before it is asked for its first piece, and as long as that is empty, it may still say something else.
    let first = await body.next()
    while (!first.done && first.value.length === 0) first = await body.next()
    if (response === undefined) {
      await body.return()
      throw new Error('startResponse was not called')
    }
    sent = true

    /** The first piece again, and the others. */
    function next () {
      const step = first ?? body.next()
      first = undefined
      return step
    }
    // Whoever gives up calls `return`: then the result is closed.
    return { ...response, body: { [Symbol.asyncIterator]: () => ({ next, return: () => body.return() }) } }
  }
}
