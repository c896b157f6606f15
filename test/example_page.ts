// The README of an example: commands that start it (```sh), and for each a session of commands with what they print (```console). In what is
// printed, `...` is any text, or as a line of its own any lines, and PORT a number that is the same everywhere. Knows no example.

export interface Step {
  readonly command: string
  readonly output: string
}

export interface Start {
  readonly command: string
  readonly steps: readonly Step[]
}

/** Reads a page. Sessions belong to the command before them. */
export function startsIn (page: string): Start[] {
  const starts: Array<{ command: string, steps: Step[] }> = []
  for (const [, language, code] of page.matchAll(/^```(sh|console)\n((?:(?!```).*\n)*)```$/gm)) {
    if (language === 'sh') starts.push({ command: code!.trim(), steps: [] })
    else for (const [, command, output] of code!.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) starts.at(-1)!.steps.push({ command: command!, output: output! })
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
