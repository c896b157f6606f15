// The tests of `npm run runtimes`, which says where the runtimes are: scripts/runtimes.mjs. They take the package as it would be published.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/runtimes/*.test.ts'],
    globalSetup: ['test/runtimes/installed.ts'],
    reporters: ['verbose'],
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
