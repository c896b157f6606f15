// Bytes of a file as text that is safe in a terminal: ASCII only, no control character ever. Knows no protocol.

const UNSAFE = /[^\x20-\x7E]|\\|^ | $/g

/** Latin-1 text with everything that is not printable ASCII as \xHH; a backslash is doubled, a space at either end is \x20. */
export function printable (text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0)
    if (character === '\\') return '\\\\'
    return code > 0xFF ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/** `printable`, and when that is wider than `width`, its beginning and the number of bytes in all. */
export function shortened (text: string, width: number): string {
  const whole = text.length <= width ? printable(text) : undefined
  if (whole !== undefined && whole.length <= width) return whole
  const tail = `... (${text.length} bytes)`
  let shown = ''
  for (const character of text) {
    // Escaped one by one, so that no escape is cut in two; an inner space needs no escape.
    const next = character === ' ' && shown !== '' ? ' ' : printable(character)
    if (shown.length + next.length + tail.length > width) break
    shown += next
  }
  return shown + tail
}

function asciiJson (value: unknown, indent: number): string {
  return JSON.stringify(value, (_, one: unknown) => one === undefined ? null : one, indent).replace(/[^\x20-\x7E\n]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A JSON text of ASCII characters: what JSON.stringify leaves raw (DEL, C1 controls) is escaped as well. undefined is null, so that no key is missing. */
export function jsonOf (value: unknown): string {
  return asciiJson(value, 2)
}

/** The same on one line. */
export function jsonLineOf (value: unknown): string {
  return asciiJson(value, 0)
}

/** Words on lines of at most `width` characters, each line but the first indented. */
export function wrapped (text: string, width: number, indent: string): string[] {
  const lines: string[] = []
  const start = /^ */.exec(text)![0]
  let line = ''
  for (const word of text.trimStart().split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent + word
    } else {
      line = line === '' ? start + word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
