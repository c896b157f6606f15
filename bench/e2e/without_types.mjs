// Hooks of Node's module loader for TypeScript files, which import each other as .js. Knows no file.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export function resolve (specifier, context, next) {
  const isOurs = specifier.startsWith('.') && context.parentURL?.endsWith('.ts') === true
  return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export async function load (url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const { outputText } = ts.transpileModule(await readFile(fileURLToPath(url), 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
  })
  return { format: 'module', source: outputText, shortCircuit: true }
}
