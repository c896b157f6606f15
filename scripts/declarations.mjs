// Which declaration files in dist an entry point reaches: those are of the package, the others say only what stands in its insides.
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The modules that can be imported, by their paths in dist without an ending. */
export const entries = ['index', 'server/index', 'client/index']

/** The reached files, by their paths in dist. */
export function reachedDeclarations (dist) {
  const reached = new Set()
  const reach = file => {
    if (reached.has(file)) return
    reached.add(file)
    const text = readFileSync(path.join(dist, file), 'utf8')
    for (const [, name] of text.matchAll(/(?:from|import|import\()\s*['"](\.[^'"]+)\.js['"]/g)) reach(path.join(path.dirname(file), `${name}.d.ts`))
  }
  for (const entry of entries) reach(`${entry}.d.ts`)
  return reached
}
