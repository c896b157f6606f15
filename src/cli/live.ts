// `gatewire inspect --listen`: takes the place of a server, prints what front ends send to it, and ends with a summary. Where a request ends
// and what it is answered, live_connection.ts knows.
import type { Writable } from 'node:stream'
import { parseAddress } from '../server/address.js'
import { type Listener, startListener } from '../server/listener.js'
import { Complaint } from './complaint.js'
import type { Protocol } from './examine.js'
import { factsOf } from './facts_json.js'
import { findingPage } from './findings.js'
import { LiveConnection, type LiveHost, type Seen } from './live_connection.js'
import { painterFor } from './paint.js'
import { counted } from './page.js'
import { jsonLineOf } from './printable.js'
import { addressComplaint, boundAddress } from './serving.js'

export interface LiveSettings {
  readonly addresses: readonly string[]
  readonly mode: number | undefined
  readonly protocol: Protocol
  readonly json: boolean
  /** Of the answer. */
  readonly status: number
}

interface LiveStreams {
  readonly stdout: Writable & { readonly columns?: number }
  readonly stderr: Writable
}

/** Beyond them, connections are closed at once: what is kept of them all is bounded. */
const MOST_CONNECTIONS = 256

class Live implements LiveHost {
  readonly protocol: Protocol
  readonly status: number
  readonly #json: boolean
  readonly #streams: LiveStreams
  readonly #width: () => number
  readonly #connections = new Set<LiveConnection>()
  readonly #counts = { connections: 0, tooMany: 0, requests: 0, uwsgi: 0, http: 0, accepted: 0, bytes: 0 }
  readonly #started = performance.now()
  /** Whether whoever reads the output has to catch up. */
  #blocked = false

  constructor ({ protocol, status, json }: LiveSettings, streams: LiveStreams, width: () => number) {
    this.protocol = protocol
    this.status = status
    this.#json = json
    this.#streams = streams
    this.#width = width
    streams.stdout.on('drain', () => {
      this.#blocked = false
      for (const connection of this.#connections) connection.resume()
    })
  }

  readonly accept: Parameters<typeof startListener>[2]['accept'] = transport => {
    this.#counts.connections++
    if (this.#connections.size >= MOST_CONNECTIONS) {
      this.#counts.tooMany++
      transport.start({ data () {}, peerEnded () {}, drain () {}, sent () {}, closed () {} })
      transport.destroy()
      return
    }
    const connection = new LiveConnection(transport, this.#counts.connections, this)
    this.#connections.add(connection)
    if (this.#blocked) connection.pause()
  }

  readonly failed = (error: Error): void => {
    this.#streams.stderr.write(`gatewire inspect: connections cannot be accepted: ${error.message}\n`)
  }

  seen (connection: LiveConnection, { request, bytes, total, examination, status }: Seen): void {
    const { protocol, verdict } = examination
    this.#counts.requests++
    this.#counts.bytes += total
    if (verdict !== 'foreign') this.#counts[protocol]++
    if (verdict === 'accepted') this.#counts.accepted++
    const time = new Date()
    const name = `connection ${connection.number}, request ${request}`
    if (this.#json) {
      const facts = factsOf(examination, name, total)
      this.#write(`${jsonLineOf({ connection: connection.number, request, from: connection.peer, time: time.toISOString(), answered: status, ...facts })}\n`)
      return
    }
    const printing = { name, width: this.#width(), paint: painterFor(this.#streams.stdout) }
    const answered = status === undefined ? 'not answered' : `answered ${status}`
    const clock = `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`
    const heading = `== ${clock}, from ${connection.peer}, ${answered} `
    const page = findingPage({ part: { name: undefined, bytes, total }, at: 0, examination, end: undefined }, printing)
    this.#write(`${printing.paint('title', heading + '='.repeat(Math.max(2, printing.width - heading.length)))}\n\n${page}\n`)
  }

  noticed ({ number, peer }: LiveConnection, text: string): void {
    if (!this.#json) this.#write(`== connection ${number}, from ${peer}: ${text}\n\n`)
  }

  closed (connection: LiveConnection): void {
    this.#connections.delete(connection)
  }

  tick (): void {
    if (this.#blocked) return
    for (const connection of this.#connections) connection.tick()
  }

  /** Closes all connections; what has come on them is printed. */
  end (): void {
    for (const connection of this.#connections) connection.close()
    const { connections, tooMany, requests, uwsgi, http, accepted, bytes } = this.#counts
    const seconds = Math.round((performance.now() - this.#started) / 1000)
    const notAccepted = requests - accepted
    const refused = tooMany === 0 ? '' : `; ${tooMany} connections were closed at once, for ${MOST_CONNECTIONS} were open`
    this.#streams.stderr.write(`gatewire inspect: ${counted(connections, 'connection')}, ${counted(requests, 'request')} (${uwsgi} uwsgi, ${http} HTTP` +
      `${requests - uwsgi - http > 0 ? `, ${requests - uwsgi - http} of other protocols` : ''}), ` +
      `${notAccepted === 0 ? 'all accepted' : `${notAccepted} not accepted`}, ${counted(bytes, 'byte')} in ${counted(seconds, 'second')}${refused}\n`)
  }

  #write (text: string): void {
    if (this.#streams.stdout.write(text) || this.#blocked) return
    this.#blocked = true
    for (const connection of this.#connections) connection.pause()
  }
}

/** Resolves when somebody wants it to end: by a signal, or by reading no more of what it writes. The second signal ends the process. */
function untilStopped ({ stdout }: LiveStreams): Promise<void> {
  return new Promise(resolve => {
    let stopping = false
    const stop = (): void => {
      if (stopping) process.exit(1)
      stopping = true
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    stdout.on('error', () => resolve())
  })
}

/** Listens until it is stopped. The exit code is 0; Complaint when it cannot listen. */
export async function inspectLive (settings: LiveSettings, streams: LiveStreams, width: () => number): Promise<number> {
  const live = new Live(settings, streams, width)
  const listeners: Listener[] = []
  const closeAll = async (): Promise<void> => { await Promise.all(listeners.map(listener => listener.close())) }
  for (const address of settings.addresses) {
    try {
      const listener = await startListener(parseAddress(address), settings.mode, live)
      listeners.push(listener)
      const spoken = settings.protocol === 'auto' ? 'uwsgi and HTTP' : settings.protocol
      streams.stderr.write(`gatewire inspect: ${spoken} on ${boundAddress(listener.address())}; requests are printed and answered ${settings.status}; Ctrl-C ends it\n`)
    } catch (error) {
      await closeAll()
      throw error instanceof Complaint ? error : addressComplaint(address, 'listen', error)
    }
  }
  const clock = setInterval(() => live.tick(), 1000)
  await untilStopped(streams)
  clearInterval(clock)
  await closeAll()
  live.end()
  return 0
}
