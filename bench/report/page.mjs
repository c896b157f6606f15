// Where results are written: docs/performance.md, between two markers for each part, and the machine that they are from. Knows nothing of what
// was measured.
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'

const PAGE = new URL('../../docs/performance.md', import.meta.url)

/** `part`: what the markers name. `command`: what npm runs to write it, which the first marker names too. */
export function writeTables (part, command, text) {
  const page = readFileSync(PAGE, 'utf8')
  const open = `<!-- tables of ${part}: npm run ${command} -- --write -->\n`
  const close = `<!-- end of tables of ${part} -->`
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < start) throw new Error(`docs/performance.md has lost its markers of ${part}`)
  writeFileSync(PAGE, `${page.slice(0, start + open.length)}\n${text}\n\n${page.slice(end)}`)
  console.log(`docs/performance.md is up to date: ${part}.`)
}

/** Where and when figures were seen. `more`: what else matters for them. */
export function machineLine (...more) {
  const cpus = os.cpus()
  return `Seen on: ${cpus[0].model.trim()}, ${cpus.length} cores, ${os.type()} ${os.arch()}; Node ${process.versions.node}, ` +
    `V8 ${process.versions.v8}; ${[...more, new Date().toISOString().slice(0, 10)].join('; ')}`
}
