// Colours on a terminal, and none elsewhere: whether, Node decides by the stream, NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS and TERM. Knows
// what is coloured alike; knows no text.
import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

const FORMATS = {
  /** Titles of sections. */
  title: 'bold',
  good: ['bold', 'green'],
  bad: ['bold', 'red'],
  warning: 'yellow',
  hint: 'magenta',
  /** What is there, but need not be read: offsets, lengths, line ends. */
  quiet: 'gray',
  number: 'magenta',
  name: 'cyan',
  value: 'green',
  /** What stands for a value. */
  remark: 'gray',
  plain: undefined
} as const

/** What a piece of text is. */
export type Style = keyof typeof FORMATS

export type Paint = (style: Style, text: string) => string

export const unpainted: Paint = (_, text) => text

/** How text for this stream is painted. */
export function painterFor (stream: Writable): Paint {
  // validateStream, which is the default, lets Node look at the stream.
  if (styleText('bold', 'x', { stream }) === 'x') return unpainted
  return (style, text) => {
    const format = FORMATS[style]
    return format === undefined || text === '' ? text : styleText(format as Parameters<typeof styleText>[0], text, { validateStream: false })
  }
}
