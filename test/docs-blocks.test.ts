// Every piece of code and every command line of the documents is run by a test, or stands here with the reason why not. A block with its
// output behind it is run by docs.test.ts; blocks without a language are pictures. Knows no block from the inside.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { blockOf, blocksOf, pages, read, root } from './docs_blocks.js'

/** By test: the pages, and words of the blocks that it runs. The test has the same words. */
const RUN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'test/interop/docs_quick_start.test.ts': {
    'README.md': ['asked for ${request', 'uwsgi_params', 'node app.mjs &', "request.get('REQUEST_METHOD')} ${request", 'npx gatewire serve', 'from flask import',
      'module app:app', "from 'gatewire/client'"],
    'docs/client.md': ['of response.headers', 'instanceof ClientError', "from 'gatewire/server'"],
    'docs/proxy.md': ['--module app:app', '--module site1.wsgi', 'ProxyFix']
  },
  'test/interop/docs_front_ends.test.ts': {
    'docs/front-ends.md': ['uwsgi_pass app;', 'http_app', 'ProxyPass', 'mod_scgi'],
    'docs/trust.md': ['proxy_set_header X-Real-IP', 'uwsgi_param HTTP_X_FORWARDED_FOR'],
    'docs/proxy.md': ['proxy_add_x_forwarded_for']
  },
  'test/docs-guides.test.ts': {
    'docs/server.md': ['hello ${request', "'gatewire:response', (", "'SIGINT', 'SIGTERM'", "import handler from './handler.mjs'", 'async function * lines', 'gatewire serve handler.mjs'],
    'docs/front-ends.md': ['JSON.stringify(request.environ'],
    'docs/client.md': ["startsWith('UWSGI_')"],
    'docs/inspect.md': ['jq -r', '--listen 3031']
  },
  'test/docs-servers.test.ts': {
    'docs/codec.md': ["new RequestDecoder(options)", "new RequestDecoder(options, socket)", 'net.connect(3031']
  }
}

/** Tests that find the blocks of a page with a command by themselves. */
const RUN_ALL = [{ test: 'test/inspect-usage.test.ts', page: 'docs/inspect.md', command: '$ gatewire inspect test/' }]

const NOT_RUN: ReadonlyArray<readonly [page: string, words: string, reason: string]> = [
  ['README.md', 'npm ci && npm start', 'installs and builds once more: .ci/run does that on a clean clone, and test/demo.test.ts runs what npm start runs'],
  ['README.md', 'npm ci && npm test', 'is what runs this test: .ci/run does it on a clean clone'],
  ['README.md', 'node scripts/pack.mjs', 'installs and builds once more: .ci/run does so, and check:package packs by the same file and installs the tarball'],
  ['CONTRIBUTING.md', 'apt-get install', 'installs Debian packages; .ci/run installs the same'],
  ['CONTRIBUTING.md', 'npm run bench:instructions -- --record', 'changes what is on record; .ci/run compares with it'],
  ['docs/front-ends.md', 'install -d', 'makes a folder of the system, for a user and a group of its own'],
  ['docs/front-ends.md', '[Unit]', 'needs systemd as the first process'],
  ['docs/performance.md', 'npm run bench:native', 'takes minutes; .ci/run runs its quick form'],
  ['docs/performance.md', 'npm run bench:e2e -- server', 'takes minutes; .ci/run runs the quick forms'],
  ['docs/performance.md', 'npm install --no-save', 'fetches another Node, and takes minutes'],
  ['docs/proxy.md', 'gatewire: from 192.0.2.7', 'a line of a log, which test/proxy-command.test.ts makes']
]

const blocks = pages.flatMap(blocksOf)

describe.each(blocks.filter(({ language }) => language !== ''))('$page, line $line', block => {
  it('is run by one test, or says why not', () => {
    const { page, language, code, output } = block
    const names = (words: string): boolean => code.includes(words)
    const by = [
      ...language === 'js' && output !== undefined ? ['test/docs.test.ts'] : [],
      ...RUN_ALL.filter(all => all.page === page && names(all.command)).map(({ test }) => test),
      ...Object.entries(RUN).flatMap(([test, of]) => (of[page] ?? []).filter(names).map(() => test)),
      ...NOT_RUN.filter(([of, words]) => of === page && names(words)).map(([, , reason]) => reason)
    ]
    expect([code, by]).toEqual([code, [expect.any(String)]])
  })
})

describe('pictures', () => {
  it.each(blocks.filter(({ language }) => language === ''))('$page, line $line, has no command in it', ({ code }) => {
    expect(code).not.toMatch(/^ *(\$ |npm |npx |node |curl |apt|sudo |taskset )/m)
  })
})

describe('the lists', () => {
  it.each(Object.entries(RUN))('of %s name blocks that it runs', (test, of) => {
    const text = read(test)
    for (const [page, all] of Object.entries(of)) {
      expect(text).toContain(page)
      for (const words of all) {
        expect([words, blockOf(page, words).page]).toEqual([words, page])
        expect([words, text.includes(words) || text.includes(words.replaceAll("'", "\\'"))]).toEqual([words, true])
      }
    }
  })

  it('name what is there', () => {
    for (const { test, page } of RUN_ALL) expect(read(test)).toContain(page)
    for (const [page, words] of NOT_RUN) expect(blockOf(page, words).page).toBe(page)
    for (const test of ['.ci/run', 'test/demo.test.ts', 'test/proxy-command.test.ts']) expect(existsSync(path.join(root, test))).toBe(true)
  })
})
