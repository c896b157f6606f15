// Bars as SVG, for pages: small, legible in light and dark, readable by screen readers, and needing nothing. The card has a background of its own,
// since a page can be dark where the system is not. Knows nothing of what was measured.

const WIDTH = 760
const MARGIN = 20
const ROW = 26
const BAR = 16
const GAP = 12
const VALUE_WIDTH = 80
/** Of a letter, about: fonts differ, and the widest common one has to fit. */
const LETTER = 7.8

const STYLE = `
    .card { fill: #ffffff; stroke: #d0d7de }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328 }
    .title { font-size: 16px; font-weight: 600 }
    .panel { font-weight: 600 }
    .unit, .note { fill: #59636e }
    .bar { fill: #a8b3be }
    .ours { fill: #0969da }
    .least { stroke: #ffffff; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      .card { fill: #151b23; stroke: #3d444d }
      text { fill: #f0f6fc }
      .unit, .note { fill: #9aa4b0 }
      .bar { fill: #69737d }
      .ours { fill: #4493f8 }
      .least { stroke: #151b23 }
    }`

const escaped = text => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
const number = value => String(Math.round(value * 10) / 10)

/** Digits in groups of three, which stay on one line. */
const grouped = text => text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')

function row ({ label, value, least, text, ours }, scale, left, y) {
  const middle = y + ROW / 2
  const [top, bottom] = [middle - BAR / 2, middle + BAR / 2]
  const width = Math.max(1, value * scale)
  const mark = number(left + least * scale)
  return `  <text class="label" x="${left - GAP}" y="${middle + 4.5}" text-anchor="end">${escaped(label)}</text>
  <rect class="bar${ours ? ' ours' : ''}" x="${left}" y="${top}" width="${number(width)}" height="${BAR}" rx="2"/>
${least === undefined ? '' : `  <line class="least" x1="${mark}" x2="${mark}" y1="${top}" y2="${bottom}"/>\n`}  <text class="value" x="${number(left + width + 8)}" y="${middle + 4.5}">${grouped(text)}</text>`
}

/** One set of bars with a scale of its own. */
function panelRows ({ title, unit, bars }, left, y) {
  const scale = (WIDTH - MARGIN - VALUE_WIDTH - left) / Math.max(...bars.map(({ value }) => value))
  const heading = `  <text class="panel" x="${MARGIN}" y="${y + 16}">${escaped(title)}<tspan class="unit" dx="8" font-weight="400">${escaped(unit)}</tspan></text>`
  return [heading, ...bars.map((bar, i) => row(bar, scale, left, y + ROW + i * ROW))].join('\n')
}

/** What a chart says, in words. */
export function chartText ({ title, panels }) {
  return `${title}. ${panels.map(panel => `${panel.title}, ${panel.unit}: ${panel.bars.map(({ label, text }) => `${label} ${text}`).join(', ')}`).join('. ')}.`
}

/**
 * A chart with a title, a note below, and panels, each with a title, a unit and bars. Of a bar: its label, its value, the value as text, whether
 * it is ours, and, where it says something, the least value that was seen, which becomes a mark in the bar.
 */
export function barChart (chart) {
  const { title, note, panels } = chart
  const left = MARGIN + GAP + Math.ceil(Math.max(...panels.flatMap(({ bars }) => bars.map(({ label }) => label.length))) * LETTER)
  let y = 48
  const parts = panels.map(panel => {
    const text = panelRows(panel, left, y)
    y += ROW * (panel.bars.length + 1) + GAP
    return text
  })
  const height = y + 28
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped(chartText(chart))}</desc>
  <style>${STYLE}
  </style>
  <rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  <text class="title" x="${MARGIN}" y="32">${escaped(title)}</text>
${parts.join('\n')}
  <text class="note" x="${MARGIN}" y="${y + 12}">${escaped(note)}</text>
</svg>
`
}
