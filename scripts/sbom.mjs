// node scripts/sbom.mjs [folder]: what the package consists of, in the form CycloneDX, into the folder (the current one unless given), and the path of
// the file as the last line. From package-lock.json, so that nothing has to be installed.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The bill of materials as an object. npm names the package after the folder of the clone; its own name is put in that place. */
export function billOfMaterials () {
  const { name } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library', '--omit', 'dev', '--package-lock-only', '--silent']
  const bill = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }))
  bill.metadata.component.name = name
  return bill
}

if (import.meta.filename === process.argv[1]) {
  const bill = billOfMaterials()
  const file = path.resolve(process.argv[2] ?? '.', `${bill.metadata.component.name}-${bill.metadata.component.version}.cdx.json`)
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`)
  console.log(file)
}
