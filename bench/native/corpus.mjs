// Writes the inputs of bench/inputs for the programs of this folder: corpus.cc reads the file and says how it is made.
import { writeFileSync } from 'node:fs'
import { coreInputs } from '../inputs/core.mjs'

function text (bytes) {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  return [length, content]
}

export function writeCorpus (file) {
  writeFileSync(file, Buffer.concat(coreInputs().flatMap(({ kind, name, items }) =>
    [kind, name, String(items.length), ...items].flatMap(text))))
}
