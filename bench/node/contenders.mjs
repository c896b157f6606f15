// What is measured: this package, and what a user of Node has without it. Each contender goes over a whole list and leaves every
// result where the caller finds it, so that nothing can be optimised away and the code that is timed is the code that is verified.
// Each has a loop of its own: a shared one would learn the types of all and be inlined for none.
//
// `results` has a power of two of places; result i goes to place i modulo its length.
import { decodeUwsgi, encodeUwsgi } from 'gatewire'

/** The three variables of a handler that only wants to know where a request goes. */
export const WANTED = ['REQUEST_METHOD', 'PATH_INFO', 'HTTP_HOST']

/** A string for each name and each value: the way most are written. */
function naive (bytes) {
  const environ = {}
  const end = 4 + bytes.readUInt16LE(1)
  let at = 4
  while (at < end) {
    const keyLength = bytes.readUInt16LE(at)
    at += 2
    const key = bytes.latin1Slice(at, at + keyLength)
    at += keyLength
    const valueLength = bytes.readUInt16LE(at)
    at += 2
    environ[key] = bytes.latin1Slice(at, at + valueLength)
    at += valueLength
  }
  return environ
}

const internedKeys = new Map()

/** One string for the packet, values cut from it, names interned: the best that plain JavaScript does without generated code. */
function careful (bytes) {
  const environ = {}
  const end = 4 + (bytes[1] | bytes[2] << 8)
  const text = bytes.latin1Slice(0, end)
  let at = 4
  while (at < end) {
    const keyLength = bytes[at] | bytes[at + 1] << 8
    at += 2
    let key = text.slice(at, at + keyLength)
    const interned = internedKeys.get(key)
    if (interned === undefined) internedKeys.set(key, key)
    else key = interned
    at += keyLength
    const valueLength = bytes[at] | bytes[at + 1] << 8
    at += 2
    environ[key] = text.slice(at, at + valueLength)
    at += valueLength
  }
  return environ
}

/** A buffer for each length, name and value, joined at the end: the way most are written. */
function bufferConcat (environ) {
  const parts = []
  let size = 0
  for (const [key, value] of Object.entries(environ)) {
    const keyLength = Buffer.alloc(2)
    keyLength.writeUInt16LE(key.length)
    const valueLength = Buffer.alloc(2)
    valueLength.writeUInt16LE(value.length)
    parts.push(keyLength, Buffer.from(key, 'latin1'), valueLength, Buffer.from(value, 'latin1'))
    size += 4 + key.length + value.length
  }
  return Buffer.concat([Buffer.from([0, size & 255, size >> 8, 0]), ...parts])
}

/** One string, lengths as characters, one write: the best that plain JavaScript does. */
function oneString (environ) {
  let text = ''
  for (const key in environ) {
    const value = environ[key]
    text += String.fromCharCode(key.length & 255, key.length >> 8) + key + String.fromCharCode(value.length & 255, value.length >> 8) + value
  }
  const packet = Buffer.allocUnsafe(4 + text.length)
  packet[0] = 0
  packet[1] = text.length & 255
  packet[2] = text.length >> 8
  packet[3] = 0
  packet.latin1Write(text, 4)
  return packet
}

/** Packet in. `gives`: what a result is, for the check before anything is timed. None but gatewire validates what it reads. */
export const decoders = [
  {
    name: 'decodeUwsgi().environ',
    gives: 'environ',
    pass (packets, results) {
      const mask = results.length - 1
      for (let i = 0; i < packets.length; i++) results[i & mask] = decodeUwsgi(packets[i]).environ
    }
  },
  {
    name: 'decodeUwsgi(), 3 get()',
    gives: 'wanted',
    pass (packets, results) {
      const mask = results.length - 1
      for (let i = 0; i < packets.length; i++) {
        const head = decodeUwsgi(packets[i])
        results[i & mask] = [head.get('REQUEST_METHOD'), head.get('PATH_INFO'), head.get('HTTP_HOST')]
      }
    }
  },
  {
    name: 'decodeUwsgi() only',
    gives: 'head',
    pass (packets, results) {
      const mask = results.length - 1
      for (let i = 0; i < packets.length; i++) results[i & mask] = decodeUwsgi(packets[i])
    }
  },
  {
    name: 'naive JS',
    gives: 'environ',
    pass (packets, results) {
      const mask = results.length - 1
      for (let i = 0; i < packets.length; i++) results[i & mask] = naive(packets[i])
    }
  },
  {
    name: 'careful JS',
    gives: 'environ',
    pass (packets, results) {
      const mask = results.length - 1
      for (let i = 0; i < packets.length; i++) results[i & mask] = careful(packets[i])
    }
  }
]

/** Environ in, packet out. */
export const encoders = [
  {
    name: 'encodeUwsgi()',
    gives: 'packet',
    pass (environs, results) {
      const mask = results.length - 1
      for (let i = 0; i < environs.length; i++) results[i & mask] = encodeUwsgi(environs[i])
    }
  },
  {
    name: 'Buffer.concat JS',
    gives: 'packet',
    pass (environs, results) {
      const mask = results.length - 1
      for (let i = 0; i < environs.length; i++) results[i & mask] = bufferConcat(environs[i])
    }
  },
  {
    name: 'one-string JS',
    gives: 'packet',
    pass (environs, results) {
      const mask = results.length - 1
      for (let i = 0; i < environs.length; i++) results[i & mask] = oneString(environs[i])
    }
  }
]

/** Places for results: a power of two of them. */
export function placesFor (atLeast) {
  return Array.from({ length: 2 ** Math.ceil(Math.log2(atLeast)) })
}
