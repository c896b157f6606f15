// What can be done on native sockets, once for each turn of the event loop, and who is told. Knows no transport and no protocol.
import { EVENT_BITS, openSockets, type SocketMemory, sockets } from './native_sockets.js'

/** Somebody who owns a socket. */
export interface Watcher {
  /** Bits of what can be done. They may be of an earlier moment: what was possible then may not be any more. */
  ready: (events: number) => void
}

/** Somebody who has something left to do in this turn. */
export interface Late {
  turnEnds: () => void
}

const watchers: Array<Watcher | undefined> = []
let late: Late[] = []
let turning = false
let scheduled = false
let memory: SocketMemory | undefined
let tried = false

/** The memory of this thread's sockets, which begin to work with the first call. Undefined where there are none. */
export function socketMemory (): SocketMemory | undefined {
  if (!tried && sockets !== undefined) memory = openSockets(turn)
  tried = true
  return memory
}

export function setWatcher (socket: number, watcher: Watcher | undefined): void {
  while (watchers.length <= socket) watchers.push(undefined)
  watchers[socket] = watcher
}

/** Calls back when the sockets of this turn have been looked at; outside a turn, when what runs now has ended. */
export function atEndOfTurn (one: Late): void {
  late.push(one)
  if (turning || scheduled) return
  scheduled = true
  queueMicrotask(endTurn)
}

function endTurn (): void {
  scheduled = false
  while (late.length > 0) {
    const now = late
    late = []
    let done = 0
    try {
      for (; done < now.length; done++) now[done]!.turnEnds()
    } finally {
      // Nobody else is to suffer for what one throws.
      if (done < now.length) for (const one of now.slice(done + 1)) atEndOfTurn(one)
    }
  }
}

function turn (count: number): void {
  visit(memory!.events, count)
}

function visit (words: Uint32Array, count: number): void {
  turning = true
  let done = 0
  try {
    while (done < count) {
      const word = words[done++]!
      watchers[word >>> EVENT_BITS]?.ready(word & (1 << EVENT_BITS) - 1)
    }
  } finally {
    turning = false
    if (done < count) {
      const rest = words.slice(done, count)
      setImmediate(() => visit(rest, rest.length))
    }
    endTurn()
  }
}
