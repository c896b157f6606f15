// Memory of which several hold a part: none of them can transfer it, which would take it from the others. Knows nothing of what is in it.
import { markAsUntransferable } from 'node:worker_threads'

type Transfer = (this: ArrayBuffer) => ArrayBuffer
const { transfer } = ArrayBuffer.prototype as { transfer?: Transfer }

/** Node 22 has `transfer`, which takes no notice of the mark; later versions do. */
function takesMarkedMemory (transfer: Transfer): boolean {
  const memory = new ArrayBuffer(1)
  markAsUntransferable(memory)
  try {
    transfer.call(memory)
  } catch {}
  return memory.byteLength === 0
}

const guarded = transfer !== undefined && takesMarkedMemory(transfer)
const GUARD = { value: () => { throw new TypeError('this memory cannot be transferred: others hold parts of it') } }

/** @internal */
export function keepWhole (memory: ArrayBufferLike): void {
  markAsUntransferable(memory)
  if (guarded) Object.defineProperties(memory, { transfer: GUARD, transferToFixedLength: GUARD })
}
