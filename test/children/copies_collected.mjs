// Many environments of the addon, one after the other, as copies of the package's JavaScript get them: memory of those that are gone comes
// back, and a function that is left of one still works.
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const addon = createRequire(process.argv[2])('node-gyp-build')(fileURLToPath(new URL('..', process.argv[2])))
const packet = Uint8Array.of(0, 7, 0, 0, 1, 0, 65, 2, 0, 66, 67)

async function collect () {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await turn()
  }
}

async function openMany (count) {
  for (let i = 0; i < count; i++) {
    const { slab, setOutput } = addon.open()
    slab.fill(1) // from here on the system has given the memory
    setOutput(Buffer.alloc(500_000, 1))
    if (i % 20 === 0) await collect()
  }
  await collect()
}

const { decodePacket } = addon.open()
await openMany(60)
const before = process.memoryUsage.rss()
await openMany(400) // 520 MB
const grown = process.memoryUsage.rss() - before
decodePacket(packet)
process.stdout.write(JSON.stringify({ usable: decodePacket(packet) === undefined, grown: grown > 150e6 }))
