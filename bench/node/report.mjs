// From results to tables: aligned Markdown, so that a terminal and docs/performance.md show the same text. Measures
// nothing.
import os from 'node:os'

function table (columns, rows) {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map(row => row[i].length)))
  const line = cells => `| ${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(' | ')} |`
  const rule = `|${widths.map((width, i) => i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`).join('|')}|`
  return [line(columns), rule, ...rows.map(line)].join('\n')
}

const ns = value => value < 10 ? value.toFixed(1) : String(Math.round(value))
const times = ratio => `${ratio.toFixed(ratio < 9.95 ? 1 : 0)}x`
const range = row => `${ns(row.median)} (${ns(row.minimum)})`

function against (result, name, other) {
  return name === other ? '' : times(result.ratio(other, name))
}

/** All contenders of one direction on one input, and how many times as fast as each baseline they are. */
export function contenderTable (result, baselines) {
  return table(['', 'ns, median', 'ns, minimum', ...baselines.map(name => `against ${name}`)], result.rows.map(row => {
    return [row.name, ns(row.median), ns(row.minimum), ...baselines.map(name => against(result, row.name, name))]
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

/** The goals with what was seen. `results`: those of the mixed corpus. */
export function goalLines (goals, results) {
  return goals.map(({ fast, slow, times: wanted }) => {
    const result = results.find(({ rows }) => [fast, slow].every(name => rows.some(row => row.name === name)))
    const seen = result.ratio(slow, fast)
    return { met: seen >= wanted, text: `${seen >= wanted ? 'pass' : 'FAIL'}  ${fast} against ${slow}: ${seen.toFixed(2)}x, goal ${wanted}x` }
  })
}

/** Where and when the figures were seen. */
export function machineLine (engine, kernel) {
  const cpus = os.cpus()
  return `${cpus[0].model.trim()}, ${cpus.length} cores, ${os.type()} ${os.arch()}; Node ${process.versions.node}, V8 ${process.versions.v8}; ` +
    `engine ${engine}, kernel ${kernel}; ${new Date().toISOString().slice(0, 10)}`
}
