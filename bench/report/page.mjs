// Where results are written: docs/performance.md, between two markers for each part, with a chart; what README.md
// says of them; and the machine that they are from. Knows nothing of what was measured.
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { barChart, chartText } from './bar_chart.mjs'

const PAGE = new URL('../../docs/performance.md', import.meta.url)
const README = new URL('../../README.md', import.meta.url)

/**
 * `part`: what the markers name. `command`: what npm runs to write it, which the first marker names too. `chart`: as barChart takes it; it
 * becomes docs/charts/PART.svg and stands before the text.
 */
export function writeResults (part, command, text, chart) {
  const page = readFileSync(PAGE, 'utf8')
  const open = `<!-- tables of ${part}: npm run ${command} -->\n`
  const close = `<!-- end of tables of ${part} -->`
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < start) throw new Error(`docs/performance.md has lost its markers of ${part}`)
  const image = chart === undefined ? '' : `![${chartText(chart).replace(/[[\]]/g, '')}](charts/${part}.svg)\n\n`
  if (chart !== undefined) writeFileSync(new URL(`charts/${part}.svg`, PAGE), barChart(chart))
  writeFileSync(PAGE, `${page.slice(0, start + open.length)}\n${image}${text}\n\n${page.slice(end)}`)
  console.log(`docs/performance.md is up to date: ${part}.`)
}

/** Says in README.md what has been measured. `place`: an expression for what is replaced. */
export function writeReadme (place, text) {
  const readme = readFileSync(README, 'utf8')
  if (!place.test(readme)) throw new Error(`README.md has lost the place of: ${text}`)
  writeFileSync(README, readme.replace(place, text))
  console.log('README.md is up to date.')
}

const date = () => new Date().toISOString().slice(0, 10)

/** Where and when figures were seen. `more`: what else matters for them. */
export function machineLine (...more) {
  const cpus = os.cpus()
  return `Seen on: ${cpus[0].model.trim()}, ${cpus.length} cores, ${os.type()} ${os.arch()}; Node ${process.versions.node}, ` +
    `V8 ${process.versions.v8}; ${[...more, date()].join('; ')}`
}

/** The same below a chart. */
export const chartNote = bars => `Bars: ${bars}. ${os.cpus()[0].model.trim()}, Node ${process.versions.node}, ${date()}.`
