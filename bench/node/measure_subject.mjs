// One subject, measured from beginning to end: run.mjs starts it for each, with the flags that it was given itself. With --mixed: the mixed corpus
// only. Knows what is measured in which order, and nothing of the contenders.
import { parseArgs } from 'node:util'
import { engine, kernel } from 'gatewire'
import { goalBlock } from '../report/goals.mjs'
import { chartNote, machineLine, writeReadme, writeResults } from '../report/page.mjs'
import { times } from '../report/table.mjs'
import { Progress, rateOf } from '../../scripts/progress.mjs'
import { measure } from './measure.mjs'
import { contenderPanel, contenderTable, goalsSeen, inputTable } from './report.mjs'
import { verifyInput } from './verify.mjs'

const { values: options, positionals: [name] } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, check: { type: 'boolean' }, write: { type: 'boolean' }, mixed: { type: 'boolean' } }
})
const { default: subject } = await import(`./${name}.mjs`)
const { tasks } = subject
const progress = new Progress()
/** Seconds that the inputs behind this one will take, as far as that is known. */
let secondsBehind = 0

// One task after the other, each with a list that is there for it alone: see ../inputs/uwsgi.mjs. The results: one for each task.
function measureInput (input, seconds) {
  return { input, results: tasks.map(task => measureTask(task, input, seconds)) }
}

function measureTask ({ title, contenders, listOf }, input, seconds) {
  const list = listOf(input)
  progress.show(`check ${input.name}`)
  verifyInput(contenders, list, input)
  const what = `measure ${input.name}, ${title}`
  progress.show(what, { detail: 'warm up' })
  let began // rounds begin when all contenders are warm
  const measured = measure(contenders, list, options.quick ? 0 : seconds, round => {
    began ??= progress.seconds
    const spent = progress.seconds - began
    progress.show(what, { rate: rateOf(round - 1, spent, 'rounds'), left: options.quick ? undefined : Math.max(0, seconds - spent) + secondsBehind })
  })
  verifyInput(contenders, list, input)
  return measured
}

/** The headline: the mixed corpus, in a process that has seen nothing else. */
const mixed = subject.mixed()
const headline = measureInput(mixed, 8)
const size = Object.entries(mixed.size).map(([what, count]) => `${count} ${what}`).join(' and ')
const headlineTables = [
  machineLine(`engine ${engine}, kernel ${kernel}`),
  `The mixed corpus: ${mixed.remark}; ${size} on average.`,
  ...tasks.flatMap(({ title, remark, baselines }, i) => [
    `**${title}, mixed corpus**: ${remark}. ${headline.results[i].rounds} rounds.`,
    contenderTable(headline.results[i], baselines)
  ])
]
const goals = goalsSeen(subject.goals, headline.results)

// The other inputs are not even made before: objects with the same names in 10 000 other orders give V8 so many hidden classes that every
// contender takes half as long again, plain JavaScript most of all, and the ratios would flatter. What is made to defeat caches comes last, and
// then the headline once more.
function tablesOfPurposes () {
  const special = subject.special()
  const adversarial = subject.adversarial(options.quick ? 1_000 : 10_000)
  const began = progress.seconds
  const purposes = [...special, adversarial, { ...mixed, name: 'mixed corpus, after that' }].map((input, i, { length }) => {
    if (i > 0) secondsBehind = (progress.seconds - began) / i * (length - 1 - i)
    return measureInput(input, 1.5)
  })
  return [
    ...tasks.flatMap(({ title, ours, baselines }, i) => [
      `**${title}, inputs with one purpose**: ns for one item, median (minimum); ratios are those of \`${ours}\`.`,
      inputTable(purposes.map(({ input, results }) => ({ input, result: results[i] })), ours, baselines)
    ]),
    [...special, adversarial].map(input => `- ${input.name}: ${input.remark}`).join('\n')
  ]
}

const goalTexts = options.quick || options.mixed ? [] : ['**Goals**, on the mixed corpus', goalBlock(goals)]
const text = [...headlineTables, ...goalTexts, ...options.mixed ? [] : tablesOfPurposes()].join('\n\n')
progress.clear()
console.log(`\n${text}\n`)
console.log(options.quick ? 'All contenders agree. --quick: the figures above come from a few rounds and mean nothing.' : `Took ${progress.elapsed}.`)

if (options.write && options.mixed) writeResults(`${name} with another Node`, 'bench -- --node PATH --write', text)
if (options.write && !options.mixed) {
  const panels = tasks.map((task, i) => contenderPanel(task, headline.results[i]))
  writeResults(name, 'bench -- --write', text, { title: `${subject.title}, mixed corpus`, note: chartNote('medians; marks: minima'), panels })
  const ratio = (a, b) => times(headline.results[0].ratio(a, b)).slice(0, -1)
  if (subject.readme !== undefined) writeReadme(subject.readme.place, subject.readme.text(ratio))
}
if (options.check && goals.some(goal => !goal.met)) process.exitCode = 1
