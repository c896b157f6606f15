// Time limits are generous: a machine that is busy with something else is no reason to fail. The tests of what stands on the server run
// twice where there is a native transport: over it, and over node:net, which is the one of all other platforms.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    setupFiles: ['test/seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'gatewire', include: ['test/**/*.test.ts'] } },
      { extends: true, test: { name: 'over node:net', include: ['test/server*.test.ts', 'test/proxy-{failures,handler}.test.ts'], env: { GATEWIRE_TRANSPORT: 'net' } } }
    ]
  }
})
