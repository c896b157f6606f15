// The documents: codes, links, file names, commands, figures and examples in them are those of the code. Knows no module; what gatewire
// inspect prints is compared with its page by inspect-usage.test.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeHttp, decodeUwsgi, encodeUwsgi, requestModifiers, wsgiEnviron } from '../src/index.js'
import { REFUSALS } from '../src/layout.js'
import { settingsOf } from '../src/limits.js'
import { builtEntry } from './built.js'
import { blocksOf, pages, read, root } from './docs_blocks.js'
import { httpCases } from './http_corpus.js'

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(match => match[1] ?? match[0])

/** The text of a page outside of its code blocks. */
const proseOf = (page: string): string => read(page).replace(/^ *```[\s\S]*?^ *```$/gm, '')

const CODE = /\bERR_[A-Z0-9_]*[A-Z0-9]\b/g
const errorSources = ['src/errors.ts', 'src/server/errors.ts', 'src/client/errors.ts']
const codes = new Set([...REFUSALS.map(([code]) => code), ...errorSources.flatMap(file => all(read(file), CODE))])

describe('error codes', () => {
  it('are found', () => {
    for (const code of ['ERR_UWSGI_EMPTY_KEY', 'ERR_BYTES_CHANGED', 'ERR_SERVER_CLOSED', 'ERR_CLIENT_REFUSED']) {
      expect(codes).toContain(code)
    }
  })

  it('each have a row in docs/errors.md', () => {
    const rows = all(read('docs/errors.md'), /^\| `(ERR_\w+)` \|/gm)
    expect([...codes].filter(code => !rows.includes(code))).toEqual([])
  })

  it('have a cause and a cure there', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_\w+)` \|(.*)\|$/gm)].map(([, code, rest]) => [code, rest!.split('|').map(cell => cell.trim())] as const)
    expect(rows.filter(([, cells]) => cells.length < 2 || cells.slice(-2).includes(''))).toEqual([])
  })

  it('of refused requests stand there with their status, and in docs/uwsgi-support.md', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_UWSGI_\w+)` \| (\d+) \|/gm)]
    const refusals = REFUSALS.filter(([code]) => code.startsWith('ERR_UWSGI_'))
    expect(rows.map(([, code, status]) => [code, Number(status)])).toEqual(refusals.map(([code, status]) => [code, status]))
    const decisions = read('docs/uwsgi-support.md')
    expect(REFUSALS.map(([code]) => code).filter(code => !code.startsWith('ERR_HTTP_') && !decisions.includes(code))).toEqual([])
  })

  it('of refused HTTP requests stand there with their status', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_HTTP_\w+)` \| (\d+) \|/gm)]
    const refusals = REFUSALS.filter(([code]) => code.startsWith('ERR_HTTP_'))
    expect(rows.map(([, code, status]) => [code, Number(status)])).toEqual(refusals.map(([code, status]) => [code, status]))
  })

  it('of refused HTTP requests stand in docs/http-support.md', () => {
    const decisions = all(read('docs/http-support.md'), CODE)
    expect(REFUSALS.map(([code]) => code).filter(code => code.startsWith('ERR_HTTP_') && !decisions.includes(code))).toEqual([])
  })

  it.each(pages)('in %s exist', page => {
    expect(all(read(page), CODE).filter(code => !codes.has(code))).toEqual([])
  })
})

/** The anchors of a page: its headings as they are addressed. */
function anchorsOf (page: string): string[] {
  return all(proseOf(page), /^#+ (.*)$/gm).map(heading => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

describe.each(pages)('%s', page => {
  it('has links that lead somewhere', () => {
    const broken = all(proseOf(page), /\]\(([^)\s]+)\)/g).filter(link => {
      if (/^https?:/.test(link)) return false
      const [file, anchor] = link.split('#') as [string, string | undefined]
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file)
      return !existsSync(path.join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
    })
    expect(broken).toEqual([])
  })

  it('names files that exist', () => {
    const named = all(proseOf(page), /`([^`\s]+)`/g)
    const files = named.filter(name => /^(src|test|native|docs|scripts|bench|examples|\.ci)\/[\w./-]+$/.test(name))
    const tests = named.filter(name => /^[\w-]+\.test\.ts$/.test(name)).map(name => `test/${name}`)
    const captures = named.filter(name => /^(uwsgi|nginx|apache|lighttpd)-[\w.-]+\.bin$/.test(name))
      .map(name => `test/corpus/captures/${name}`)
    const made = /^docs\/api\b/ // by `npm run docs`
    expect([...files, ...tests, ...captures].filter(file => !made.test(file) && !existsSync(path.join(root, file)))).toEqual([])
  })

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const unknown = all(read(page), /npm run ([\w:-]+)/g).filter(name => !Object.hasOwn(scripts, name))
    expect(unknown).toEqual([])
    const started = all(read(page), /node (scripts\/[\w-]+\.mjs|examples\/[\w-]+\.mjs)/g)
    expect(started.filter(file => !existsSync(path.join(root, file)))).toEqual([])
  })

  it('has JavaScript that can be read', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-docs-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const { code, line } of blocksOf(page).filter(({ language }) => language === 'js')) {
      const file = path.join(folder, `${line}.mjs`)
      writeFileSync(file, code)
      const { status, stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
    }
  })
})

describe('examples', () => {
  const examples = pages.flatMap(page => blocksOf(page).filter(({ language, output }) => language === 'js' && output !== undefined))
    .map(({ page, line, code, output }) => [page, line, code, output] as const)

  it('are found', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5)
  })

  it.each(examples)('of %s, line %i, print what is shown', (_page, _line, code, output) => {
    builtEntry() // they import gatewire as an application does: the build has to be there
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual([output, ''])
  })
})

describe('README.md', () => {
  const text = read('README.md')

  it('has the two commands', () => {
    for (const command of ['npm ci && npm start', 'npm ci && npm test']) expect(text).toContain(command)
  })

  /** The columns of a row of docs/performance.md, the first of that name. */
  const row = (name: string): string[] =>
    all(new RegExp(`^\\| ${name.replace(/[().]/g, '\\$&')} +\\|.*$`, 'm').exec(read('docs/performance.md'))![0], /[^|]+/g).map(cell => cell.trim().replace(/x$/, ''))

  it('has figures of docs/performance.md', () => {
    expect(/([\d.]+) times as fast as naive JS, ([\d.]+) times as fast as careful JS/.exec(text)!.slice(1)).toEqual(row('decodeUwsgi().environ').slice(3))
    expect(/([\d.]+) times as fast as with the parser of node:http/.exec(text)![1]).toBe(row('decodeHttp().environ')[3])
    expect(/([\d.]+) times as many requests a second as node:http/.exec(text)![1]).toBe(row('gatewire')[5])
  })
})

describe('docs/http-support.md', () => {
  /** Rule, result, source and case names of each decision; a name may end with `*`. */
  const rows = [...read('docs/http-support.md').matchAll(/^\| ([A-Z]\d+) \| .* \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)]
    .map(([, rule, result, source, cases]) => ({ rule, result: result!, source, cases: all(cases!, /`([^`]+)`/g) }))
  const isNamed = (name: string, names: readonly string[]): boolean =>
    names.some(named => named.endsWith('*') ? name.startsWith(named.slice(0, -1)) : name === named)

  it('names each case of the corpus in one row, which has its rule, its source and its code', () => {
    expect(rows.length).toBeGreaterThan(80)
    for (const { name, rule, source, expect: expected } of httpCases) {
      const named = rows.filter(({ cases }) => isNamed(name, cases))
      expect([name, named.map(row => [row.rule, row.source])]).toEqual([name, [[rule, source]]])
      const result = 'error' in expected ? `\`${expected.error}\`, ${expected.status}` : expected.packet ?? ''
      expect([name, named[0]!.result.includes(result)]).toEqual([name, true])
    }
  })

  it('names no case that is not there, and no code in a row that no case of it has', () => {
    for (const { cases, result } of rows) {
      expect(cases.filter(named => !httpCases.some(({ name }) => isNamed(name, [named])))).toEqual([])
      const found = httpCases.filter(({ name }) => isNamed(name, cases))
        .map(({ expect: expected }) => 'error' in expected ? expected.error : expected.packet)
      expect(all(result, CODE).filter(code => !found.includes(code))).toEqual([])
    }
  })

  it('lists the published attacks that cases have the form of', () => {
    const listed = [...read('docs/http-support.md').matchAll(/^\| (CVE-\d+-\d+) \| (.*) \|$/gm)]
    const cited = [...new Set(httpCases.flatMap(({ cve }) => cve))]
    const casesOf = (id: string): string[] => httpCases.filter(({ cve }) => cve.includes(id)).map(({ name }) => name)
    expect(new Map(listed.map(([, id, cases]) => [id!, all(cases!, /`([^`]+)`/g).sort()])))
      .toEqual(new Map(cited.map(id => [id, casesOf(id).sort()])))
  })
})

describe('docs/README.md', () => {
  it('leads to every page', () => {
    const links = all(read('docs/README.md'), /\]\(([^)\s]+)\)/g).map(link => path.posix.join('docs', link))
    expect(pages.filter(page => page !== 'docs/README.md' && !links.includes(page))).toEqual([])
  })
})

describe('docs/environ.md', () => {
  const rows = [...read('docs/environ.md').matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, names]) => names!.replaceAll('`', '').split(', '))
  const hasRow = (name: string): boolean => rows.includes(name) || (name.startsWith('HTTP_') && rows.includes('HTTP_*'))

  it('has every variable that a request by HTTP can have', () => {
    const connection = { remoteAddress: '192.0.2.1', remotePort: 1, scheme: 'https' } as const
    const { environ } = decodeHttp(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: b\r\nContent-Length: 1\r\nAccept: c\r\n\r\n'), { connection })!
    expect(Object.keys(environ).length).toBe(17)
    expect(Object.keys(environ).filter(name => !hasRow(name))).toEqual([])
  })

  it('has every variable that front ends were recorded to send', () => {
    const folder = path.join(root, 'test/corpus/captures')
    const packets = readdirSync(folder).filter(name => /^(nginx|apache|lighttpd)-(?!.*(fcgi|scgi|suwsgi)).*\.bin$/.test(name))
      .map(name => decodeUwsgi(readFileSync(path.join(folder, name))))
    const names = new Set(packets.flatMap(head => head?.fields().map(([name]) => name) ?? []))
    names.delete('MY_VAR') // configured for the recording
    expect(names.size).toBeGreaterThan(30)
    expect([...names].filter(name => !hasRow(name))).toEqual([])
  })

  it('has every key that wsgiEnviron adds', () => {
    const added = Object.keys(wsgiEnviron(decodeUwsgi(encodeUwsgi({}))!, { input: 0, errors: 0 }))
    expect(added.length).toBeGreaterThan(12)
    expect(added.filter(name => !hasRow(name))).toEqual([])
  })

  it('says how an environ compares with a literal', () => {
    const { environ } = decodeUwsgi(encodeUwsgi({ A: 'b' }))!
    expect(environ).toEqual({ A: 'b' })
    expect(environ).not.toStrictEqual({ A: 'b' })
    expect({ ...environ }).toStrictEqual({ A: 'b' })
    expect(() => String(environ)).toThrow(TypeError)
    expect(JSON.stringify(environ)).toBe('{"A":"b"}')
  })
})

describe('tables', () => {
  it('of docs/server.md has the defaults of the server', () => {
    const defaults = [...read('src/server/options.ts').matchAll(/^ {2}(\w+): \{ default: ([\d_]+), min/gm)]
    expect(defaults.length).toBeGreaterThan(5)
    const text = read('docs/server.md')
    const rows = new Map([...text.matchAll(/^\| `(\w+)` \| ([\d ]+\d)(?: ms| bytes\/s)? \|/gm)]
      .map(([, name, value]) => [name, value!.replace(' ', '')]))
    expect(defaults.map(([, name]) => [name, rows.get(name)])).toEqual(defaults.map(([, name, value]) => [name, value!.replace('_', '')]))
  })

  it('of docs/codec.md has every limit, its default, its range and its status', () => {
    const rows = [...read('docs/codec.md').matchAll(/^\| `(max\w+)` \| \w+ \| ([^|]+) \| 0 to ([^|]+) \| [^|]+ \| (\d+) \|$/gm)]
    const numberOf = (text: string): number => text === '2^53-1' ? Number.MAX_SAFE_INTEGER : Number(text.replaceAll(' ', ''))
    const documented = [...read('src/limits.ts').matchAll(/Beyond: (\d+)\.[^/]*\*\/\n {2}(max\w+): number$/gm)]
    expect(rows.map(([, name, , , status]) => [name, status])).toEqual(documented.map(([, status, name]) => [name, status]))
    const settings = settingsOf(undefined)
    expect(Object.fromEntries(rows.map(([, name, value]) => [name, numberOf(value!)]))).toEqual(settings.limits)
    for (const [, name, , largest] of rows) {
      expect(settingsOf({ limits: { [name!]: numberOf(largest!) } }).limits).toHaveProperty(name!, numberOf(largest!))
      expect(() => settingsOf({ limits: { [name!]: numberOf(largest!) + 1 } })).toThrow(RangeError)
    }
  })

  it('of docs/uwsgi-support.md has the request modifiers', () => {
    const rows = /\| modifier1 \| request for \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read('docs/uwsgi-support.md'))![1]!
    const listed = all(rows, /^\| ([\d, ]+) \|/gm).flatMap(cell => cell.split(', ').map(Number))
    expect(listed).toEqual([...requestModifiers])
  })
})
