// The README of an example: commands that start it (```sh), and for each a session of commands with what they print (```console). In what is
// printed, `...` is any text, or as a line of its own any lines, and PORT a number that is the same everywhere. Knows no example.
import { blocksOf } from './docs_blocks.js'
import { stepsOf } from './docs_project.js'

export interface Start {
  readonly command: string
  readonly steps: ReturnType<typeof stepsOf>
}

/** Reads a page, by its path from the root. Sessions belong to the command before them. */
export function startsIn (page: string): Start[] {
  const starts: Start[] = []
  for (const { language, code } of blocksOf(page)) {
    if (language === 'sh') starts.push({ command: code.trim(), steps: [] })
    else if (language === 'console') starts.at(-1)!.steps.push(...stepsOf(code))
  }
  return starts
}

/** What matches the output that a page shows. */
export function pattern (output: string): RegExp {
  let ports = 0
  const lines = output.split('\n').map(line => {
    if (line === '...') return '(?:.*\n)*?'
    const text = line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\\.\\.\\.', '.*')
    return `${text.replace(/PORT/g, () => ports++ === 0 ? '(?<port>\\d+)' : '\\k<port>')}\n`
  })
  // The last line ends with the output, whether or not there is a line end.
  return new RegExp(`^${lines.join('').replace(/\n+$/, '')}\\n?$`)
}
