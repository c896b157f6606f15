// npm run faults: attacks and faults against the running command, at full size; `npm test` runs the same at a size that takes a minute. Prints what
// was injected and what came of it. Exit status: that of the tests. Needs Linux, and `npm run build`; with uWSGI, it is reloaded under load.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

if (process.platform !== 'linux') {
  console.error('It looks at processes in /proc, which Linux has.')
  process.exit(2)
}
const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-faults-'))
const report = path.join(folder, 'report')
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
// One file after the other: processor time is one of the things that are looked at.
const { status } = spawnSync(process.execPath, [
  vitest, 'run', 'test/faults', '--project', 'gatewire', '--no-file-parallelism', '--testTimeout', '600000',
  '--reporter', fileURLToPath(new URL('progress-reporter.mjs', import.meta.url)), ...process.argv.slice(2)
], { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', env: { ...process.env, FAULTS: 'full', FAULTS_REPORT: report } })
try {
  const lines = readFileSync(report, 'utf8').trim().split('\n').map(line => JSON.parse(line))
  console.log(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}\n\n| fault | over | figures |\n|---|---|---|`)
  for (const { fault, over, figures } of lines) {
    const text = Object.entries(figures).map(([what, value]) => `${what}: ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`).join('; ')
    console.log(`| ${fault} | ${over} | ${text} |`)
  }
} catch (error) {
  if (error.code !== 'ENOENT') throw error
  console.error('No test came to its end.')
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
