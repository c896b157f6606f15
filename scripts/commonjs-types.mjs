// The declarations of entry points for those who `require` them. TypeScript lets CommonJS take types from an ES module, but under the settings
// node16 and node18 not its values; so each value is declared once more, as what it is there, with its documentation. Each type is an alias.
// There is one copy of every class, whichever way it was reached. Knows no name of the package.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

function documentationOf (symbol) {
  return symbol.declarations.flatMap(ts.getJSDocCommentsAndTags).filter(ts.isJSDoc).map(comment => `${comment.getText()}\n`).join('')
}

/** `exported`: the name as the entry point exports it, perhaps as a type only. */
function declarationsOf (exported, checker) {
  const { name } = exported
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const isType = symbol.flags & ts.SymbolFlags.Type
  const isValue = symbol.flags & ts.SymbolFlags.Value && !exported.declarations.some(ts.isTypeOnlyExportDeclaration)
  if (isType && symbol.declarations.some(({ typeParameters }) => typeParameters)) throw new Error(`${name} has type parameters, which its alias would have to repeat`)
  const value = `${documentationOf(symbol)}export declare const ${name}: typeof module.${name}\n`
  const type = `export type ${name} = module.${name}\n`
  return (isValue ? value : '') + (isType ? type : '')
}

/** `entries`: declarations of ES modules, name.d.ts. Writes name.d.cts beside each. */
export function writeCommonJsTypes (entries) {
  const program = ts.createProgram(entries, { module: ts.ModuleKind.NodeNext, types: ['node'] })
  const checker = program.getTypeChecker()
  for (const entry of entries) {
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))
    const module = `import type * as module from './${path.basename(entry, '.d.ts')}.js' with { 'resolution-mode': 'import' }\n`
    writeFileSync(entry.replace(/\.d\.ts$/, '.d.cts'), module + exported.map(symbol => declarationsOf(symbol, checker)).join(''))
  }
}
