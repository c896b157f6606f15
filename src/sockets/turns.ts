// What can be done on native sockets, once for each turn of the event loop, and who is told. Knows no transport and no protocol.
import { EVENT_BITS } from './layout.js'
import { type NativeSockets, openSockets, sockets } from './native_sockets.js'
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

function turn (count: number): void {
  turning = true
  for (let i = 0; i < count; i++) {
    const word = words![i]!
    try {
      watchers[word >>> EVENT_BITS]?.ready(word & (1 << EVENT_BITS) - 1)
    } catch (error) {
      throwLater(error)
    }
  }
  endTurn()
}

function endTurn (): void {
  scheduled = false
  turning = true
  while (late.length > 0) {
    const now = late
    late = []
    for (const one of now) {
      try {
        one.turnEnds()
      } catch (error) {
        throwLater(error)
      }
    }
  }
  turning = false
}

/** What one throws is no reason for the others to wait, so it goes the way of what nobody catches when all have had their turn. */
function throwLater (error: unknown): void {
  process.nextTick(() => { throw error })
}
