// Tables as aligned Markdown, so that a terminal and docs/performance.md show the same text. Knows nothing of what is in them.

/** `columns`: their titles; the first is text and stands left, the others are numbers and stand right. `rows`: lists of texts. */
export function table (columns, rows) {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map(row => row[i].length)))
  const line = cells => `| ${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(' | ')} |`
  const rule = `|${widths.map((width, i) => i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`).join('|')}|`
  return [line(columns), rule, ...rows.map(line)].join('\n')
}

/** A ratio, with as many digits as say something. */
export const times = ratio => `${ratio.toFixed(ratio < 9.95 ? 1 : 0)}x`

/** A quantity above zero, likewise. */
export const figure = value => value < 10 ? value.toFixed(1) : String(Math.round(value))
