// Time limits are generous: a machine that is busy with something else is no reason to fail. The tests of what stands on the server run
// twice where there is a native transport: over it, and over node:net, which is the one of all other platforms. The tests of the codec run
// by the addon and, where it was built, by its WebAssembly twin.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const twin = fileURLToPath(new URL('dist/twin_module.js', import.meta.url))
const hasTwin = existsSync(twin) && !readFileSync(twin, 'utf8').includes('twinModule = undefined')

const codec = ['any-input', 'bytes', 'chunked', 'decoder', 'engine', 'environ', 'forms', 'head*', 'hostile-{memory,names,reentrancy,state}',
  'http*', 'limits', 'output_memory', 'properties', 'response*', 'shapes', 'threads', 'uwsgi*', 'wsgi', 'conformance/*']
const byTheTwin = { name: 'by the twin', include: codec.map(name => `test/${name}.test.ts`), env: { GATEWIRE_ENGINE: 'wasm' } }

export default defineConfig({
  // The sources have no WebAssembly twin: the tests take the one that was built.
  resolve: { alias: hasTwin ? [{ find: /^\.{1,2}\/(src\/)?twin_module\.js$/, replacement: twin }] : [] },
  test: {
    setupFiles: ['test/seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      ...(hasTwin ? [{ extends: true as const, test: byTheTwin }] : []),
      { extends: true, test: { name: 'gatewire', include: ['test/**/*.test.ts'], exclude: [...configDefaults.exclude, 'test/runtimes/**'] } },
      { extends: true, test: { name: 'over node:net', include: ['test/server*.test.ts', 'test/proxy-{failures,handler}.test.ts'], env: { GATEWIRE_TRANSPORT: 'net' } } }
    ]
  }
})
