// The engines that this build has: the addon always, its WebAssembly twin where there was a clang to build it with, and in CI always, too.
import { twinModule } from '../src/twin_module.js'

export type Engine = 'native' | 'wasm'

if (twinModule === undefined && process.env['CI']) throw new Error('there is no WebAssembly twin: apt-get install clang-19 lld-19 && npm run build')

export const engines: readonly Engine[] = twinModule === undefined ? ['native'] : ['native', 'wasm']
