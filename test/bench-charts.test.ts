// Charts of the benchmarks: what the writer makes, and that those in docs/ say what the tables beside them say.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Bar { label: string, value: number, text: string, ours: boolean, least?: number }
interface Chart { title: string, note: string, panels: Array<{ title: string, unit: string, bars: Bar[] }> }
const { barChart } = await import(new URL('../bench/report/bar_chart.mjs', import.meta.url).href) as { barChart: (chart: Chart) => string }

const docs = new URL('../docs/', import.meta.url)
const page = readFileSync(new URL('performance.md', docs), 'utf8')
const written = readdirSync(new URL('charts/', docs)).map(file => [file, readFileSync(new URL(`charts/${file}`, docs), 'utf8')] as const)

/** An XML parser that gives up at the first fault. */
const PARSE = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())'
const textsOf = (svg: string, name: string): string[] => [...svg.matchAll(new RegExp(`<text class="${name}"[^>]*>([^<]*)`, 'g'))].map(match => match[1]!)
const numbersOf = (svg: string, pattern: RegExp): number[] => [...svg.matchAll(pattern)].map(match => Number(match[1]))

const example: Chart = {
  title: 'Less & more <"quoted">',
  note: 'a note',
  panels: [
    { title: 'Time', unit: 'ns', bars: [{ label: 'a()', value: 1000, text: '1000', ours: true, least: 500 }, { label: 'b', value: 4000, text: '4000', ours: false, least: 4000 }] },
    { title: 'Rate', unit: 'requests', bars: [{ label: 'a name that is much longer', value: 2_345_678, text: '2345678', ours: true }] }
  ]
}

describe('a chart', () => {
  const svg = barChart(example)

  it('has bars as long as their values, marks in them, and room for what is beside them', () => {
    const [a, b, c] = numbersOf(svg, /<rect class="bar[^>]* width="([\d.]+)"/g) as [number, number, number]
    expect(b / a).toBeCloseTo(4, 1)
    expect(c).toBeCloseTo(b, 1)
    const left = numbersOf(svg, /<rect class="bar[^>]* x="([\d.]+)"/g)[0]!
    expect(numbersOf(svg, /<line [^>]*x1="([\d.]+)"/g).map(x => Math.round(x - left))).toEqual([Math.round(a / 2), Math.round(b)])
    expect(left).toBeGreaterThan(example.panels[1]!.bars[0]!.label.length * 7)
    expect(left + b).toBeLessThan(700)
  })

  it('says in words what it shows', () => {
    const description = 'Less &#38; more &#60;&#34;quoted&#34;&#62;. Time, ns: a() 1000, b 4000. Rate, requests: a name that is much longer 2345678.'
    expect(svg).toContain('<title id="title">Less &#38; more &#60;&#34;quoted&#34;&#62;</title>')
    expect(svg).toContain(`<desc id="description">${description}</desc>`)
    expect(textsOf(svg, 'value')).toEqual(['1\u202f000', '4\u202f000', '2\u202f345\u202f678'])
  })
})

it.each([['the example', barChart(example)] as const, ...written])('%s is XML, and loads nothing', (_, svg) => {
  expect(spawnSync('python3', ['-c', PARSE], { input: svg, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|href|url\(|@import|<script/)
})

describe.each(written)('docs/charts/%s', (file, svg) => {
  const part = file.replace('.svg', '')
  const text = new RegExp(`<!-- tables of ${part}: [^\\n]*\\n([^]*?)<!-- end of tables of ${part} -->`).exec(page)?.[1] ?? ''

  it('stands in docs/performance.md before its tables', () => {
    expect(text.trimStart().startsWith('![')).toBe(true)
    expect(text).toContain(`](charts/${file})\n\nSeen on: `)
  })

  it('has the figures of the tables', () => {
    const rows = [...text.matchAll(/^\| (.*) \|$/gm)].map(match => match[1]!.split('|').map(cell => cell.trim()))
    const labels = textsOf(svg, 'label')
    const values = textsOf(svg, 'value').map(value => value.replaceAll('\u202f', ''))
    expect(labels.length).toBeGreaterThan(1)
    const unknown = labels.filter((label, i) => !rows.some(([name, ...cells]) => name === label && cells.includes(values[i]!)))
    expect(unknown).toEqual([])
  })
})
