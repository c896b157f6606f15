// node scripts/pack.mjs [folder]: the tarball that would be published, with the prebuilt binaries, into the folder (the current one unless
// given), and its path as the last line. Runs after `npm run build` and `npm run prebuilds`; refuses to pack less than they make.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What of the package is missing, and which command makes it. `optional`: what a machine without a cross compiler has to do without. */
function missingParts () {
  const twin = path.join(root, 'dist/twin_module.js')
  const missing = []
  const optional = []
  if (!existsSync(twin)) missing.push('dist: npm run build')
  else if (readFileSync(twin, 'utf8').includes('twinModule = undefined')) missing.push('the WebAssembly twin: npm run build, with clang-19 and lld-19')
  for (const platform of ['linux-x64', 'linux-arm64']) {
    if (existsSync(path.join(root, `prebuilds/${platform}/gatewire.node`))) continue
    const list = process.env.CI || platform === `${process.platform}-${process.arch}` ? missing : optional
    list.push(`the binary for ${platform}: npm run prebuilds`)
  }
  return { missing, optional }
}

/** The tarball in that folder, and its files as npm lists them. Throws when a part is missing. */
export function pack (folder) {
  const { missing, optional } = missingParts()
  if (missing.length > 0) throw new Error(`nothing was packed, for these are missing:\n  ${missing.join('\n  ')}`)
  for (const part of optional) console.error(`pack: packed without ${part}`)
  // What npm says about its own configuration is no finding.
  const text = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', path.resolve(folder)],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const [{ filename, files, unpackedSize }] = JSON.parse(text)
  return { tarball: path.resolve(folder, filename), files: files.map(file => file.path), unpackedSize }
}

if (import.meta.filename === process.argv[1]) {
  try {
    console.log(pack(process.argv[2] ?? '.').tarball)
  } catch (error) {
    console.error(`pack: ${error.message}`)
    process.exitCode = 1
  }
}
