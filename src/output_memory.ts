// Memory for what encoders write: results stand one behind the other in blocks that are given up when the rest could be too little, as
// Buffer.allocUnsafe does it. Knows nothing of what is written.
import { markAsUntransferable } from 'node:worker_threads'
import { View } from './bytes.js'

/** Much larger blocks would be fresh pages from the system each time, which cost more than all the rest. */
const BLOCK_BYTES = 32768

let block = Buffer.alloc(0)
let memory = block.buffer as ArrayBuffer
let used = 0

/** Memory to write to, from `roomStart()` on. It stays as it is until the next call of one of these functions. @internal */
export function takeRoom (size: number): Buffer {
  return block.length - used >= size ? block : takeBlock(size)
}

function takeBlock (size: number): Buffer {
  block = Buffer.allocUnsafeSlow(Math.max(size, BLOCK_BYTES))
  memory = block.buffer as ArrayBuffer
  used = 0
  markAsUntransferable(memory) // other results stand in it
  return block
}

/** Where the room that was taken begins. @internal */
export function roomStart (): number {
  return used
}

/** The first bytes of the room as a Buffer. They are the caller's now; what was written behind them counts for nothing. @internal */
export function cutRoom (size: number): Buffer {
  const result = new View(memory, used, size)
  used += size
  return result
}
