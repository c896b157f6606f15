// npm run bench [-- uwsgi | http | response] [-- --quick] [-- --check] [-- --write]: how fast the codec is, against what Node users have without it.
//
//   --quick   correctness of all contenders and a few rounds: shows that the benchmark works, its figures mean nothing
//   --check   exit status 1 when a goal is missed
//   --write   tables and charts go into docs/, and what README.md says of them there, as well
//
// Measures what is in dist/, like any user of the package; `npm run build` makes it. Without a protocol: each in a process of its own.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { goalBlock } from '../report/goals.mjs'
import { chartNote, machineLine, writeReadme, writeResults } from '../report/page.mjs'
import { Progress } from '../report/progress.mjs'
import { times } from '../report/table.mjs'

/** What can be measured, and what its chart is called. */
const SUBJECTS = { uwsgi: 'uwsgi packets', http: 'HTTP request heads', response: 'HTTP response heads' }
const NAMES = Object.keys(SUBJECTS)

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
})
if (options.help) {
  console.log('npm run bench -- [uwsgi | http | response] [--quick] [--check] [--write]: see bench/node/run.mjs and docs/performance.md')
  process.exit(0)
}
if (positionals.length > 1 || positionals.some(name => !NAMES.includes(name))) {
  console.error(`What can be measured: ${NAMES.join(', ')}; one of them, or nothing for all.`)
  process.exit(2)
}
if (options.quick && (options.check || options.write)) {
  console.error('--quick takes too few samples for --check or --write')
  process.exit(2)
}
if (positionals.length === 0) {
  const statuses = NAMES.map(name => {
    console.log(`\n== ${name}`)
    return spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
  })
  process.exit(Math.max(...statuses))
}
const [name] = positionals

// Imported late, so that a missing build can be told from a broken one.
async function load () {
  try {
    const { engine, kernel } = await import('gatewire')
    const { default: subject } = await import(`./${name}.mjs`)
    const parts = await Promise.all(['./measure.mjs', './report.mjs', './verify.mjs'].map(part => import(part)))
    return Object.assign({ engine, kernel, subject }, ...parts)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/dist[/\\]index\.js/.test(error.message)) throw error
    console.error('There is no dist/ to measure. Run: npm run build')
    process.exit(2)
  }
}

const { contenderPanel, contenderTable, engine, goalsSeen, inputTable, kernel, measure, subject, verifyInput } = await load()
const { tasks } = subject
const progress = new Progress()

// All tasks together, as they are in a process that decodes requests and passes them on. The results: one for each task.
function measureInput (input, seconds) {
  progress.show(`check ${input.name}`)
  verifyInput(tasks, input)
  const what = `measure ${input.name}`
  progress.show(what)
  const entries = tasks.flatMap(({ contenders, listOf }) => contenders.map(contender => ({ contender, list: listOf(input) })))
  const measured = measure(entries, options.quick ? 0 : seconds, round => progress.show(what, `, round ${round}`))
  verifyInput(tasks, input)
  return { input, results: tasks.map(({ contenders }) => measured.only(contenders)) }
}

const mixed = subject.mixed()

// The headline first, in a process that has seen nothing else. The other inputs are not even made before: objects with the same names in
// 10 000 other orders give V8 so many hidden classes that every contender takes half as long again, plain JavaScript most of all, and the
// ratios would flatter. What is made to defeat caches comes last, and then the headline once more.
const headline = measureInput(mixed, 8)
const special = subject.special()
const adversarial = subject.adversarial(options.quick ? 1_000 : 10_000)
const purposes = [...special, adversarial].map(input => measureInput(input, 2))
purposes.push(measureInput({ ...mixed, name: 'mixed corpus, after that' }, 2))
progress.clear()

const size = Object.entries(mixed.size).map(([what, count]) => `${count} ${what}`).join(' and ')
const goals = goalsSeen(subject.goals, headline.results)
const tables = [
  machineLine(`engine ${engine}, kernel ${kernel}`),
  `The mixed corpus: ${mixed.remark}; ${size} on average.`,
  ...tasks.flatMap(({ title, remark, baselines }, i) => [
    `**${title}, mixed corpus**: ${remark}. ${headline.results[i].rounds} rounds.`,
    contenderTable(headline.results[i], baselines)
  ]),
  ...options.quick ? [] : ['**Goals**, on the mixed corpus', goalBlock(goals)],
  ...tasks.flatMap(({ title, ours, baselines }, i) => [
    `**${title}, inputs with one purpose**: ns for one item, median (minimum); ratios are those of \`${ours}\`.`,
    inputTable(purposes.map(({ input, results }) => ({ input, result: results[i] })), ours, baselines)
  ]),
  [...special, adversarial].map(input => `- ${input.name}: ${input.remark}`).join('\n')
].join('\n\n')

console.log(`\n${tables}\n`)
if (options.quick) console.log('All contenders agree. --quick: the figures above come from a few rounds and mean nothing.')
else console.log(`Took ${progress.elapsed}.`)

if (options.write) {
  const panels = tasks.map((task, i) => contenderPanel(task, headline.results[i]))
  writeResults(name, 'bench', tables, { title: `${SUBJECTS[name]}, mixed corpus`, note: chartNote('medians; marks: minima'), panels })
  if (subject.readme !== undefined) writeReadme(subject.readme.place, subject.readme.text((a, b) => times(headline.results[0].ratio(a, b)).slice(0, -1)))
}
if (options.check && goals.some(goal => !goal.met)) process.exitCode = 1
