// Help texts, made of the pages that command lines are read by. Knows no command.
import { COMMON_OPTIONS, type CommandPage, type Option } from './command_line.js'
import { type Paint, unpainted } from './paint.js'
import { wrapped } from './printable.js'

/** Columns: of a terminal within these bounds, else the second one. */
const LEAST_WIDTH = 60
const MOST_WIDTH = 100
/** Longer names of options have a line of their own. */
const NAME_WIDTH = 22

/** The columns of help on a stream. */
export function helpWidth ({ columns }: { readonly columns?: number }): number {
  return Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, columns || MOST_WIDTH))
}

function nameOf (name: string, { short, value }: Option): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

function described (name: string, text: string, width: number, nameWidth: number, paint: Paint): string[] {
  const indent = ' '.repeat(nameWidth + 4)
  const lines = wrapped(indent + text, width, indent)
  if (name.length > nameWidth) return [`  ${paint('name', name)}`, ...lines]
  return [`  ${paint('name', name)}${' '.repeat(nameWidth - name.length)}  ${lines[0]!.trimStart()}`, ...lines.slice(1)]
}

/** All that there is to know of a command, ending with a line feed. */
export function helpOf ({ usage, about, options, sections = [], exitCodes, examples }: CommandPage, width: number, paint: Paint = unpainted): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS }).map(([name, option]) => {
    return [nameOf(name, option), option.multiple === true ? `${option.text} May be repeated.` : option.text] as const
  })
  const nameWidth = rows.reduce((most, [name]) => name.length > NAME_WIDTH ? most : Math.max(most, name.length), 0)
  const parts = [
    usage.map((line, i) => `${i === 0 ? 'Usage: ' : '       '}${line}`),
    ...about.map(text => wrapped(text, width, '')),
    [paint('title', 'Options:'), ...rows.flatMap(([name, text]) => described(name, text, width, nameWidth, paint))],
    ...sections.map(([title, lines]) => [paint('title', `${title}:`), ...lines.map(line => line === '' ? '' : `  ${line}`)]),
    [paint('title', 'Exit codes:'), ...Object.entries(exitCodes).flatMap(([code, text]) => described(code, text, width, 1, paint))],
    [paint('title', 'Examples:'), ...examples.flatMap(([line, what]) => [`  ${paint('name', line)}`, ...wrapped(`      ${what}`, width, '      ')])]
  ]
  return `${parts.map(lines => lines.join('\n')).join('\n\n')}\n`
}
