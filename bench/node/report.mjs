// From the results of contenders to tables and goals. Measures nothing.
import { goalOf } from '../report/goals.mjs'
import { figure, table, times } from '../report/table.mjs'

const range = row => `${figure(row.median)} (${figure(row.minimum)})`

function against (result, name, other) {
  return name === other ? '' : times(result.ratio(other, name))
}

/** All contenders of one direction on one input, and how many times as fast as each baseline they are. */
export function contenderTable (result, baselines) {
  return table(['', 'ns, median', 'ns, minimum', ...baselines.map(name => `against ${name}`)], result.rows.map(row => {
    return [row.name, figure(row.median), figure(row.minimum), ...baselines.map(name => against(result, row.name, name))]
  }))
}

/** One line for each input: ns of every contender, then how many times as fast ours is as each baseline. */
export function inputTable (results, ours, baselines) {
  const names = results[0].result.rows.map(row => row.name)
  const columns = ['input', ...Object.keys(results[0].input.size), ...names, ...baselines.map(name => `against ${name}`)]
  return table(columns, results.map(({ input, result }) => {
    return [input.name, ...Object.values(input.size).map(String), ...result.rows.map(range), ...baselines.map(name => against(result, ours, name))]
  }))
}

/** The bars of one direction on one input. What is ours has the name of our function. */
export function contenderPanel ({ title, ours }, result) {
  const ourFunction = ours.slice(0, ours.indexOf('('))
  return {
    title,
    unit: 'ns, less is better',
    bars: result.rows.map(({ name, median, minimum }) => {
      return { label: name, value: median, least: minimum, text: figure(median), ours: name.startsWith(ourFunction) }
    })
  }
}

/** The goals with what was seen. `results`: those of the mixed corpus. */
export function goalsSeen (goals, results) {
  return goals.map(({ fast, slow, times: atLeast }) => {
    const result = results.find(({ rows }) => [fast, slow].every(name => rows.some(row => row.name === name)))
    return goalOf(`${fast} against ${slow}`, result.ratio(slow, fast), { atLeast })
  })
}
