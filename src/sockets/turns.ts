// What can be done on native sockets, once for each turn of the event loop, and who is told. Knows no transport and no protocol.
import { EVENT_BITS, type NativeSockets, openSockets, sockets } from './native_sockets.js'
import { ReadingMemory } from './reading_memory.js'

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
let tried = false
let words: Uint32Array | undefined
let own: ThreadSockets | undefined

/** The sockets of a thread. */
export interface ThreadSockets {
  readonly calls: NativeSockets
  readonly memory: ReadingMemory
}

/** Those of this thread, which begin to work with the first call. Undefined where there are none. */
export function threadSockets (): ThreadSockets | undefined {
  if (!tried && sockets !== undefined) {
    words = openSockets(turn)
    if (words !== undefined) own = { calls: sockets, memory: new ReadingMemory(sockets) }
  }
  tried = true
  return own
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
  visit(words!, count)
}

function visit (list: Uint32Array, count: number): void {
  turning = true
  let done = 0
  try {
    while (done < count) {
      const word = list[done++]!
      watchers[word >>> EVENT_BITS]?.ready(word & (1 << EVENT_BITS) - 1)
    }
  } finally {
    turning = false
    if (done < count) {
      const rest = list.slice(done, count)
      setImmediate(() => visit(rest, rest.length))
    }
    endTurn()
  }
}
