// What a Node user has today, in plain JavaScript: a whole environ from one complete packet, and a packet from an environ. The reference
// that the goals are stated against, so it stays as it is. None of it validates anything.
/** uwsgi packet, the usual way: a string per key and per value. */
export function naiveUwsgi (b) {
  const o = {}; const end = 4 + b.readUInt16LE(1); let p = 4
  while (p < end) { const kl = b.readUInt16LE(p); p += 2; const k = b.latin1Slice(p, p + kl); p += kl; const vl = b.readUInt16LE(p); p += 2; o[k] = b.latin1Slice(p, p + vl); p += vl }
  return o
}
const interned = new Map()
/** uwsgi packet, the careful way: one string for the packet, slices, interned keys. */
export function carefulUwsgi (b) {
  const o = {}; const end = 4 + (b[1] | b[2] << 8); const s = b.latin1Slice(0, end); let p = 4
  while (p < end) {
    const kl = b[p] | b[p + 1] << 8; p += 2; let k = s.slice(p, p + kl); const seen = interned.get(k); if (seen === undefined) interned.set(k, k); else k = seen
    p += kl; const vl = b[p] | b[p + 1] << 8; p += 2; o[k] = s.slice(p, p + vl); p += vl
  }
  return o
}
/** environ to packet, the usual npm way. */
export function bufferConcat (environ) {
  const parts = []; let n = 0
  for (const [k, v] of Object.entries(environ)) { const a = Buffer.alloc(2); a.writeUInt16LE(k.length); const b = Buffer.alloc(2); b.writeUInt16LE(v.length); parts.push(a, Buffer.from(k, 'latin1'), b, Buffer.from(v, 'latin1')); n += 4 + k.length + v.length }
  return Buffer.concat([Buffer.from([0, n & 255, n >> 8, 0]), ...parts])
}
/** environ to packet, the careful way: one string, one write. */
export function oneString (environ) {
  let s = ''; for (const k in environ) { const v = environ[k]; s += String.fromCharCode(k.length & 255, k.length >> 8) + k + String.fromCharCode(v.length & 255, v.length >> 8) + v }
  const b = Buffer.allocUnsafe(4 + s.length); b[0] = 0; b[1] = s.length & 255; b[2] = s.length >> 8; b[3] = 0; b.latin1Write(s, 4); return b
}
