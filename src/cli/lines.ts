// Lines whose pieces have styles, so that they are measured and wrapped before they are painted. Knows no protocol.
import type { Paint, Style } from './paint.js'

export type Span = readonly [style: Style, text: string]
export type Line = readonly Span[]

/** What breaks a line wherever it stands. */
export const NEW_LINE: Span = ['plain', '\n']

/** Text of one style; plain unless named. */
export function line (text: string, style: Style = 'plain'): Line {
  return [[style, text]]
}

export function widthOf (spans: Line): number {
  return spans.reduce((sum, [, text]) => sum + text.length, 0)
}

/** A line of at least this width. */
export function padded (spans: Line, width: number): Line {
  const missing = width - widthOf(spans)
  return missing > 0 ? [...spans, ['plain', ' '.repeat(missing)]] : spans
}

/** Neighbours of one style as one. */
function merged (spans: Line): Span[] {
  const all: Span[] = []
  for (const [style, text] of spans) {
    const last = all.at(-1)
    if (last?.[0] === style) all[all.length - 1] = [style, last[1] + text]
    else all.push([style, text])
  }
  return all
}

/** The text as it goes to a stream, without white space at its end. */
export function painted (spans: Line, paint: Paint): string {
  const kept = merged(spans)
  while (kept.length > 0 && kept.at(-1)![1].trimEnd() === '') kept.pop()
  const last = kept.pop()
  return kept.map(([style, text]) => paint(style, text)).join('') + (last === undefined ? '' : paint(last[0], last[1].trimEnd()))
}

/** Escapes are not cut in two. */
const ATOM = /\\x[0-9A-F]{2}|\\u[0-9a-f]{4}|\\\\|[^]/g

/** What is not cut unless a line is too short for it: words; values and names are words whatever they hold. */
function wordsOf ([style, text]: Span): Span[] {
  if (style === 'value' || style === 'name' || text === '\n') return [[style, text]]
  return (text.match(/ *[^ ]+| +$/g) ?? []).map(word => [style, word])
}

/** On lines of at most `width` characters; each but the first begins with `indent` spaces. */
export function wrap (spans: Line, width: number, indent: number = 0): Line[] {
  const lines: Span[][] = [[]]
  let used = 0
  const next = (): void => {
    lines.push(indent > 0 ? [['plain', ' '.repeat(indent)]] : [])
    used = indent
  }
  for (const [style, word] of spans.flatMap(wordsOf)) {
    if (word === '\n') {
      next()
      continue
    }
    const isFirst = used === (lines.length > 1 ? indent : 0)
    const fits = used + word.length <= width
    if (!fits && !isFirst && word.trimStart().length <= width - indent) next()
    let rest = used === indent && lines.length > 1 ? word.trimStart() : word
    if (used + rest.length > width) {
      let piece = ''
      for (const atom of rest.match(ATOM)!) {
        if (used + piece.length + atom.length > width && used + piece.length > indent) {
          lines.at(-1)!.push([style, piece])
          next()
          piece = ''
        }
        piece += atom
      }
      rest = piece
    }
    lines.at(-1)!.push([style, rest])
    used += rest.length
  }
  return lines
}
