// node answers.mjs PACKAGE FILE: what the addon of a package says of every case in test/corpus, as plain JSON, so that two builds can be compared that
// cannot run in one process. Plain JavaScript, since it runs in emulators. Knows the form of the files, and nothing of what would be right: other tests do.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const corpus = new URL('../corpus/', import.meta.url)

function casesIn (folder) {
  const location = new URL(`${folder}/`, corpus)
  return readdirSync(location).filter(file => /\.(bin|json)$/.test(file) && file !== 'decoded.json').map(file => {
    const content = readFileSync(new URL(file, location))
    if (file.endsWith('.bin')) return { file, bytes: content, options: {} }
    const { bytes, file: recorded, options = {}, method } = JSON.parse(content)
    if (recorded !== undefined) return { file, bytes: readFileSync(new URL(recorded, location)), options, method }
    const pieces = typeof bytes === 'string' ? [bytes] : bytes
    const text = pieces.map(piece => typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)).join('')
    return { file, bytes: Buffer.from(text, 'latin1'), options, method }
  })
}

const digest = bytes => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

/** What the call returns, or which error it throws. */
function answer (call) {
  try {
    return call()
  } catch (error) {
    return { error: error.code, offset: error.offset, status: error.status, message: error.message }
  }
}

function describeHead (head) {
  if (head === null) return null
  const { byteLength, framing, keepAlive } = head
  return { byteLength, framing, keepAlive, environ: Object.entries(head.environ) }
}

/** The events of a decoder that gets the bytes in three pieces, cut in places that depend on their number. */
function events (decoder, bytes) {
  const cuts = [0, Math.floor(bytes.length / 3), Math.floor(bytes.length * 0.7), bytes.length]
  const told = []
  told.push(answer(() => {
    for (let i = 1; i < cuts.length; i++) {
      decoder.push(Uint8Array.from(bytes.subarray(cuts[i - 1], cuts[i])))
      for (const event of decoder) {
        if (event.type === 'content') told.push(digest(event.bytes))
        else told.push(event.head?.environ === undefined ? event : describeHead(event.head))
      }
    }
    return decoder.end()
  }))
  return told
}

/** The answers, by the names of the cases. */
export function answers (codec) {
  const all = {}
  for (const { file, bytes } of casesIn('captures')) {
    const head = answer(() => codec.decodeUwsgi(bytes))
    all[`captures/${file}`] = {
      head: head?.environ === undefined ? head : describeHead(head),
      array: answer(() => codec.decodeUwsgiArray(bytes)?.items.map(digest)),
      packet: answer(() => head?.fields && digest(codec.encodeUwsgi(head.fields()))),
      events: events(new codec.RequestDecoder({ protocol: 'uwsgi' }), bytes)
    }
  }
  for (const { file, bytes, options } of casesIn('http')) {
    all[`http/${file}`] = {
      head: answer(() => describeHead(codec.decodeHttp(bytes, options))),
      packet: answer(() => {
        const made = codec.transcodeHttpToUwsgi(bytes, options)
        return made && digest(made.packet)
      }),
      events: events(new codec.RequestDecoder({ ...options, protocol: 'http' }), bytes)
    }
  }
  for (const { file, bytes, method } of casesIn('responses')) {
    const told = events(new codec.ResponseDecoder(method === undefined ? {} : { method }), bytes)
    const head = told.find(event => event?.type === 'head')?.head
    all[`responses/${file}`] = { told, head: answer(() => head && digest(codec.encodeResponseHead(head.status, head.headers))) }
  }
  // As they come out of a file.
  return JSON.parse(JSON.stringify(all))
}

if (import.meta.filename === process.argv[1]) {
  const [folder, file] = process.argv.slice(2)
  process.env.GATEWIRE_ENGINE = 'native'
  writeFileSync(file, JSON.stringify(answers(await import(pathToFileURL(path.resolve(folder, 'dist/index.js')).href))))
}
