// The code blocks of the documents, for tests that run them. Knows fences of Markdown, and nothing of what stands between them.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('..', import.meta.url))
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
/** Every document at the root and in docs/, by its path from the root. */
export const pages: readonly string[] = [...readdirSync(root), ...readdirSync(path.join(root, 'docs')).map(name => `docs/${name}`)]
  .filter(name => name.endsWith('.md'))

export interface Block {
  readonly page: string
  /** Of its first fence, counted from 1. */
  readonly line: number
  /** What stands behind the first fence. */
  readonly language: string
  /** Without the indentation of a list. */
  readonly code: string
  /** What it prints: the block of `text` right behind it. */
  readonly output: string | undefined
}

/** All blocks of a page. One that is the output of the one before it is not a block of its own. */
export function blocksOf (page: string): Block[] {
  const blocks: Block[] = []
  const lines = read(page).split('\n')
  let last = -1
  for (let at = 0; at < lines.length; at++) {
    const [, indent, language] = /^( *)```(.*)$/.exec(lines[at]!) ?? []
    if (indent === undefined) continue
    const end = lines.indexOf(`${indent}\`\`\``, at + 1)
    if (end < 0) throw new Error(`${page}: the block at line ${at + 1} does not end`)
    const code = lines.slice(at + 1, end).map(line => `${line.slice(indent.length)}\n`).join('')
    const before = blocks.at(-1)
    if (language === 'text' && before !== undefined && last === at - 2 && lines[at - 1] === '') blocks[blocks.length - 1] = { ...before, output: code }
    else blocks.push({ page, line: at + 1, language: language!, code, output: undefined })
    last = at = end
  }
  return blocks
}

/** The one block of a page that has these words in it. */
export function blockOf (page: string, words: string): Block {
  const found = blocksOf(page).filter(({ code }) => code.includes(words))
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks with ${JSON.stringify(words)}`)
  return found[0]!
}

/** The code of that block, with other ports and paths in it. Each of `changes` has to be needed. */
export function codeOf (page: string, words: string, changes: Readonly<Record<string, string>> = {}): string {
  let { code } = blockOf(page, words)
  for (const [from, to] of Object.entries(changes)) {
    if (!code.includes(from)) throw new Error(`${page}: the block with ${JSON.stringify(words)} has no ${JSON.stringify(from)}`)
    code = code.replaceAll(from, to)
  }
  return code
}
