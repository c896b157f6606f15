// Memory for what encoders write: results stand one behind the other in blocks that are given up when the rest could be too little, as
// Buffer.allocUnsafe does it. Knows nothing of what is written.
//
// Native code is told of a block once, and writes to it call by call: to ask for its address each time would cost as much as a call does. So
// room is taken when nothing of the caller's runs any more before that call, and a block that was detached is none.
import { View } from './bytes.js'
import { binding } from './engine.js'
import { WORD_OUT_AT } from './layout.js'
import { keepWhole } from './whole_memory.js'

/** Much larger blocks would be fresh pages from the system each time, which cost more than all the rest. */
const BLOCK_BYTES = 32768

let block = Buffer.alloc(0)
let memory = block.buffer as ArrayBuffer
let used = 0

/** Tells native code where to write so many bytes, in the call that follows. @internal */
export function takeRoom (size: number): void {
  if (block.length - used < size) takeBlock(size)
  binding.slab[WORD_OUT_AT] = used
}

function takeBlock (size: number): void {
  const fresh = Buffer.allocUnsafeSlow(Math.max(size, BLOCK_BYTES))
  keepWhole(fresh.buffer) // other results stand in it
  binding.setOutput(fresh)
  // From here on, nothing can fail: the end of the stack may have come before, and then it is the old block that native code knows.
  block = fresh
  memory = fresh.buffer as ArrayBuffer
  used = 0
}

/** The first bytes of the room as a Buffer. They are the caller's now; what was written behind them counts for nothing. @internal */
export function cutRoom (size: number): Buffer {
  const result = new View(memory, used, size)
  used += size
  return result
}
