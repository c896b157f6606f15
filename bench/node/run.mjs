// npm run bench [-- --quick] [-- --check] [-- --write]: how fast the uwsgi codec is, against what Node users have without it.
//
//   --quick   correctness of all contenders and a few rounds: shows that the benchmark works, its figures mean nothing
//   --check   exit status 1 when a goal is missed
//   --write   the tables go into docs/performance.md as well
//
// Measures what is in dist/, like any user of the package; `npm run build` makes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { distinctShapes, mixedCorpus, specialInputs } from '../inputs/uwsgi.mjs'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
})
if (options.help) {
  console.log('npm run bench -- [--quick] [--check] [--write]: see bench/node/run.mjs and docs/performance.md')
  process.exit(0)
}
if (options.quick && (options.check || options.write)) {
  console.error('--quick takes too few samples for --check or --write')
  process.exit(2)
}

// Imported late, so that a missing build can be told from a broken one.
async function load () {
  try {
    const { engine, kernel } = await import('gatewire')
    const parts = await Promise.all(['./contenders.mjs', './measure.mjs', './report.mjs', './verify.mjs'].map(part => import(part)))
    return Object.assign({ engine, kernel }, ...parts)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/dist[/\\]index\.js/.test(error.message)) throw error
    console.error('There is no dist/ to measure. Run: npm run build')
    process.exit(2)
  }
}

const { contenderTable, decoders, encoders, engine, goalLines, inputTable, kernel, machineLine, measure, verifyInput } = await load()

const started = performance.now()
const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`
const live = process.stderr.isTTY === true
let shown = ''

/** What is going on: one line that changes on a terminal, a line each time elsewhere. */
function progress (what) {
  const text = `${elapsed().padStart(5)}  ${what}`
  if (live) process.stderr.write(`\r\x1b[2K${text}`)
  else if (what !== shown) console.error(text)
  shown = what
}

// Both directions together, as they are in a process that decodes requests and passes them on.
function measureInput (input, seconds) {
  progress(`check ${input.name}`)
  verifyInput(input)
  const what = `measure ${input.name}`
  progress(what)
  const entries = [
    ...decoders.map(contender => ({ contender, list: input.packets })),
    ...encoders.map(contender => ({ contender, list: input.environs }))
  ]
  const measured = measure(entries, options.quick ? 0 : seconds, () => { if (live) progress(what) })
  verifyInput(input)
  return { input, decoded: measured.only(decoders), encoded: measured.only(encoders) }
}

const mixed = mixedCorpus()

// The headline first, in a process that has seen nothing else. The other inputs are not even made before: objects with the same names in
// 10 000 other orders give V8 so many hidden classes that every contender takes half as long again, plain JavaScript most of all, and the
// ratios would flatter. What is made to defeat caches comes last, and then the headline once more.
const headline = measureInput(mixed, 8)
const special = specialInputs()
const shapes = distinctShapes(options.quick ? 1_000 : 10_000)
const purposes = [...special, shapes].map(input => measureInput(input, 2))
purposes.push(measureInput({ ...mixed, name: 'mixed corpus, after that' }, 2))
if (live) process.stderr.write('\r\x1b[2K')

const goals = goalLines([headline.decoded, headline.encoded])
const tables = [
  `Seen on: ${machineLine(engine, kernel)}`,
  `**Decoding, ${mixed.name}**: ${mixed.remark}; ${mixed.meanBytes} bytes and ${mixed.meanVars} variables on average. Times are for one packet, ${headline.decoded.rounds} rounds.`,
  contenderTable(headline.decoded, ['naive JS', 'careful JS']),
  `**Encoding, ${mixed.name}**: the same variables as objects. ${headline.encoded.rounds} rounds.`,
  contenderTable(headline.encoded, ['Buffer.concat JS', 'one-string JS']),
  ...options.quick ? [] : ['**Goals**, on the mixed corpus', '```\n' + goals.map(goal => goal.text).join('\n') + '\n```'],
  '**Decoding, inputs with one purpose**: ns for one packet, median (minimum); ratios are those of `decodeUwsgi().environ`.',
  inputTable(purposes.map(({ input, decoded }) => ({ input, result: decoded })), 'decodeUwsgi().environ', ['naive JS', 'careful JS']),
  '**Encoding, inputs with one purpose**: the same for `encodeUwsgi()`.',
  inputTable(purposes.map(({ input, encoded }) => ({ input, result: encoded })), 'encodeUwsgi()', ['Buffer.concat JS', 'one-string JS']),
  [...special, shapes].map(input => `- ${input.name}: ${input.remark}`).join('\n')
].join('\n\n')

console.log(`\n${tables}\n`)
if (options.quick) console.log('All contenders agree. --quick: the figures above come from a few rounds and mean nothing.')
else console.log(`Took ${elapsed()}.`)

if (options.write) {
  const page = new URL('../../docs/performance.md', import.meta.url)
  const text = readFileSync(page, 'utf8')
  const marked = /(<!-- tables: npm run bench -- --write -->\n)[\s\S]*?(<!-- end of tables -->)/
  if (!marked.test(text)) throw new Error('docs/performance.md has lost its markers')
  writeFileSync(page, text.replace(marked, (_, open, close) => `${open}\n${tables}\n\n${close}`))
  console.log('docs/performance.md is up to date.')
}
if (options.check && goals.some(goal => !goal.met)) process.exitCode = 1
