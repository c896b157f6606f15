// One connection that is kept: requests go out together, and as many responses are waited for. Knows of HTTP what responses with a length need,
// and nothing of who answers.
import { once } from 'node:events'
import { connect } from 'node:net'

export class Conversation {
  #socket
  #received = ''
  #ended = false
  #wake = () => {}

  constructor (port) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', bytes => {
      this.#received += bytes.toString('latin1')
      this.#wake()
    })
    this.#socket.on('error', () => {}) // 'close' follows
    this.#socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  /** The responses to so many requests, `{ status, body }`; fewer when the server closes before. */
  async ask (text, count) {
    this.#socket.write(text, 'latin1')
    const responses = []
    while (responses.length < count) {
      const response = this.#take()
      if (response !== undefined) responses.push(response)
      else if (this.#ended) break
      else await new Promise(resolve => { this.#wake = resolve })
    }
    return responses
  }

  #take () {
    const end = this.#received.indexOf('\r\n\r\n') + 4
    if (end < 4) return undefined
    const length = Number(/^content-length: *(\d+)/im.exec(this.#received.slice(0, end))?.[1])
    if (Number.isNaN(length)) throw new Error('a response without Content-Length')
    if (this.#received.length < end + length) return undefined
    const response = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(end, end + length) }
    this.#received = this.#received.slice(end + length)
    return response
  }

  async close () {
    if (this.#ended) return
    this.#socket.destroy()
    await once(this.#socket, 'close')
  }
}
