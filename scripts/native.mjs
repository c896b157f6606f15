// node scripts/native.mjs rebuild|build [-- gyp options]: runs node-gyp, with the headers that lie beside the running node when they do.
// Elsewhere node-gyp fetches them as usual.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const candidates = [process.env.npm_config_nodedir, path.dirname(path.dirname(process.execPath))]
const nodedir = candidates.find(dir => dir && existsSync(path.join(dir, 'include/node/node_api.h')))
const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
const args = process.argv.slice(2)
const end = args.includes('--') ? args.indexOf('--') : args.length
if (nodedir) args.splice(end, 0, `--nodedir=${nodedir}`)
process.exit(spawnSync(process.execPath, [gyp, ...args], { stdio: 'inherit' }).status ?? 1)
