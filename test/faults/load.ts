// Clients that ask without a pause, and what became of each request. Knows HTTP as far as it goes with responses that have a length, and
// nothing of what it is aimed at.
import { connect } from 'node:net'

/** Of one request. `lost`: the connection ended within the response; `unanswered`: before it. */
export interface Asked {
  readonly sentAt: number
  readonly fate: number | 'lost' | 'unanswered'
  /** Whether it was the first one of its connection. */
  readonly first: boolean
}

export interface Load {
  /** How many have been answered so far. */
  answered (): number
  /** Asks no more, waits for what is under way, and gives all that was asked, but for what could not connect. */
  stop (): Promise<readonly Asked[]>
}

export interface LoadOptions {
  readonly port: number
  readonly clients: number
  /** As text; with a length when it has content. */
  readonly request: string
  /** Requests on one connection before the next one is made; default: without end. */
  readonly each?: number
}

const HEAD_END = '\r\n\r\n'

/** One connection. Resolves when it has ended. */
function converse ({ port, request, each = Infinity }: LoadOptions, asked: Asked[], goesOn: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    let received = ''
    let sentAt = 0
    let count = 0
    const ask = (): void => {
      sentAt = performance.now()
      socket.write(request, 'latin1')
      count++
    }
    const settle = (fate: Asked['fate']): void => {
      if (sentAt > 0) asked.push({ sentAt, fate, first: count === 1 })
      sentAt = 0
    }
    socket.setNoDelay(true)
    socket.on('connect', ask)
    socket.on('data', bytes => {
      received += bytes.toString('latin1')
      const end = received.indexOf(HEAD_END)
      const length = Number(/^content-length: *(\d+)/im.exec(received.slice(0, Math.max(end, 0)))?.[1])
      if (end < 0 || received.length < end + HEAD_END.length + length) return
      settle(Number(received.slice(9, 12)))
      const closes = /^connection: close/im.test(received.slice(0, end))
      received = ''
      if (closes || count >= each || !goesOn()) socket.destroy()
      else ask()
    })
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => {
      settle(received === '' ? 'unanswered' : 'lost')
      resolve()
    })
  })
}

export function startLoad (options: LoadOptions): Load {
  const asked: Asked[] = []
  let going = true
  const clients = Array.from({ length: options.clients }, async () => {
    while (going) {
      await converse(options, asked, () => going)
      await new Promise(resolve => setImmediate(resolve)) // a server that is gone refuses at once
    }
  })
  return {
    answered: () => asked.length,
    async stop () {
      going = false
      await Promise.all(clients)
      return asked
    }
  }
}

export function tally (asked: readonly Asked[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { fate } of asked) counts[fate] = (counts[fate] ?? 0) + 1
  return counts
}
