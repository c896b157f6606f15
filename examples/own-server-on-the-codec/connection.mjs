// One HTTP/1.x connection: requests one after the other, each answered before the next one is looked at. Knows no application.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeResponseHead, ProtocolError, RequestDecoder } from 'gatewire'

// One object for all connections, because options are checked once for each object.
const options = { protocol: 'http', limits: { maxContentBytes: 1_000_000 } }

// Milliseconds that a client may keep us waiting: for a head, for all of the content, until it takes a write, until it closes.
const HEAD_TIME = 10_000
const CONTENT_TIME = 60_000
const WRITE_TIME = 60_000
const LINGER_TIME = 2_000
// Between the last bytes of a response that is cut and the reset that says so: a client that finds both at once may overlook the second.
const RESET_DELAY = 200

class Late extends Error {
  status = 408
}

function within (milliseconds, promise) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Late('the client took too long')), milliseconds) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function chunkOf (bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

export class Connection {
  #socket
  #handle
  #decoder
  #wake = () => {} // for whom waits for bytes
  #gone = new AbortController()
  #stopping = false
  #patience = 0 // milliseconds that are left to the client to send what we wait for
  #head // of the request that is being answered
  #contentEnded = true
  #response = 'none' // 'begun', 'complete'

  constructor (socket, handle) {
    this.#socket = socket
    this.#handle = handle
    this.#decoder = new RequestDecoder(options, socket)
    for (const event of ['readable', 'end', 'close']) socket.on(event, () => this.#wake())
    socket.on('error', () => {}) // 'close' follows
    socket.once('close', () => this.#gone.abort())
  }

  /** Never rejects. */
  async run () {
    try {
      await this.#answerAll()
      await this.#close()
    } catch {
      // The client has gone, or does not take what it is sent.
    }
    this.#socket.destroy()
  }

  /** Lets the request that has begun be the last one. */
  stop () {
    this.#stopping = true
    if (this.#isIdle()) this.#socket.destroy()
  }

  #isIdle () {
    return this.#head === undefined && this.#decoder.rest().length === 0
  }

  async #answerAll () {
    try {
      while (await this.#exchange()) this.#decoder.resume() // declines to change the protocol, if that was asked for
    } catch (error) {
      if (this.#socket.destroyed) return
      const refused = error instanceof ProtocolError || error instanceof Late
      if (!refused) console.error(error)
      if (this.#response === 'begun') {
        await sleep(RESET_DELAY)
        this.#socket.resetAndDestroy() // what cannot be completed must not look complete
      } else if (this.#response === 'none' && !(error instanceof Late && this.#isIdle())) {
        await this.#respond({ status: refused ? error.status : 500, body: refused ? `${error.message}\n` : 'Internal Server Error\n' }, true)
      }
    }
  }

  /** One request and its response. False: nothing more is parsed. */
  async #exchange () {
    this.#head = undefined
    this.#response = 'none'
    this.#patience = HEAD_TIME
    const event = await this.#next()
    if (event === null) return false
    const head = this.#head = event.head
    this.#contentEnded = false
    this.#patience = CONTENT_TIME
    if (head.expectContinue && head.framing.kind !== 'none') await this.#write(encodeResponseHead(100, {}))
    const request = { head, content: this.#content(), signal: this.#gone.signal }
    const last = await this.#respond(await this.#handle(request), !head.keepAlive)
    while (!this.#contentEnded) await this.#next() // what the application has not read
    return !last && !this.#stopping
  }

  /** The next event; null when the client has closed and nothing is left. Throws the ProtocolError of what is refused, and Late. */
  async #next () {
    for (let ended = false; ;) {
      const event = this.#decoder.next()
      if (event?.type === 'end') this.#contentEnded = true
      if (event !== null || ended) return event
      const since = performance.now()
      const chunk = await within(this.#patience, this.#read())
      this.#patience -= performance.now() - since // the time that the application takes is not the client's
      ended = chunk === null
      if (ended) this.#decoder.end()
      else this.#decoder.push(chunk)
    }
  }

  /**
   * The next bytes; null when the client has closed its direction. Nothing is read before it is asked for: whoever sends more has to wait.
   * `for await` over the socket would close the other direction, too, when this one ends.
   */
  async #read () {
    for (;;) {
      const chunk = this.#socket.read()
      if (chunk !== null || this.#socket.readableEnded) return chunk
      this.#gone.signal.throwIfAborted()
      await new Promise(resolve => { this.#wake = resolve })
    }
  }

  async * #content () {
    while (!this.#contentEnded) {
      const event = await this.#next()
      if (event.type === 'content') yield event.bytes
    }
  }

  /** Sends a response. Resolves with whether it is the last one of the connection. */
  async #respond ({ status, headers = {}, body = '' }, last) {
    const whole = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : undefined
    const chunked = whole === undefined && this.#head.get('SERVER_PROTOCOL') !== 'HTTP/1.0'
    if (this.#stopping || (whole === undefined && !chunked)) last = true // only the end of the connection can end such a body
    const hasNoBody = status === 204 || status === 304
    const fields = { ...headers, Date: new Date().toUTCString(), Connection: last ? 'close' : 'keep-alive' }
    if (chunked && !hasNoBody) fields['Transfer-Encoding'] = 'chunked'
    if (whole !== undefined && !hasNoBody) fields['Content-Length'] = String(whole.length)
    const head = encodeResponseHead(status, fields)
    this.#response = 'begun'
    if (hasNoBody || this.#head?.get('REQUEST_METHOD') === 'HEAD') {
      await this.#write(head)
    } else if (whole !== undefined) {
      await this.#write(Buffer.concat([head, whole]))
    } else {
      await this.#write(head)
      for await (const piece of body) {
        const bytes = Buffer.from(piece)
        if (bytes.length > 0) await this.#write(chunked ? chunkOf(bytes) : bytes) // an empty chunk would be the last one
      }
      if (chunked) await this.#write('0\r\n\r\n')
    }
    this.#response = 'complete'
    return last
  }

  /** Waits while the client reads slower than we write. */
  async #write (bytes) {
    if (!this.#socket.write(bytes)) await within(WRITE_TIME, once(this.#socket, 'drain', { signal: this.#gone.signal }))
  }

  /** To close while bytes come in resets the connection, and takes along what the client has not read yet (RFC 9112 section 9.6). */
  async #close () {
    if (this.#socket.destroyed) return
    await within(WRITE_TIME, new Promise(resolve => this.#socket.end(resolve)))
    const late = performance.now() + LINGER_TIME
    while (await within(late - performance.now(), this.#read()) !== null);
  }
}
