// curl, our front end, and an application under uWSGI that says what it saw of each request.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GENEROUS } from './front_end.js'
import { contentOf, KIB, MIB } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { curl, type CurlRun } from './peers/curl.js'
import { siteForSuite } from './site.js'

interface Seen {
  readonly environ: Readonly<Record<string, string>>
  readonly contentBytes: number
  readonly contentSha256: string
}

/** What the application saw, which is all that a good run has. */
function seenBy (run: CurlRun): Seen {
  expect(run.exitCode, run.account).toBe(0)
  expect(run.transfers.map(transfer => transfer.http_code), run.account).toEqual([200])
  return JSON.parse(run.content.toString()) as Seen
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
/** The names and values of the fields of an environ that a client decides. */
const fieldsOf = (environ: Seen['environ']): Record<string, string> =>
  Object.fromEntries(Object.entries(environ).filter(([name]) => name.startsWith('HTTP_') && !name.startsWith('HTTP_X_FORWARDED_')))

describeWithPeers(['curl', 'uwsgi'], 'curl and an application under uWSGI behind gatewire proxy', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen, app: 'environ' })
    const send = (target: string, args: readonly string[] = [], input?: Uint8Array): Promise<CurlRun> =>
      curl([...args, `${site().front.url}${target}`], input)

    it('GET', async () => {
      const { environ, contentBytes } = seenBy(await send('/a%20b?q=%20&r=', ['--header', 'X-Test: yes', '--user-agent', 'test']))
      expect(environ).toMatchObject({
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '',
        PATH_INFO: '/a b',
        QUERY_STRING: 'q=%20&r=',
        REQUEST_URI: '/a%20b?q=%20&r=',
        SERVER_PROTOCOL: 'HTTP/1.1',
        SERVER_NAME: '127.0.0.1',
        SERVER_PORT: String(site().front.port),
        REMOTE_ADDR: '127.0.0.1',
        REQUEST_SCHEME: 'http'
      })
      expect(environ).not.toHaveProperty('HTTPS')
      expect(fieldsOf(environ)).toEqual(
        { HTTP_HOST: `127.0.0.1:${site().front.port}`, HTTP_USER_AGENT: 'test', HTTP_ACCEPT: '*/*', HTTP_X_TEST: 'yes' })
      expect(contentBytes).toBe(0)
    })

    it('a form', async () => {
      const { environ, contentSha256 } = seenBy(await send('/', ['--data', 'a=1', '--data-urlencode', 'b=ü&']))
      expect(environ).toMatchObject(
        { REQUEST_METHOD: 'POST', CONTENT_TYPE: 'application/x-www-form-urlencoded', CONTENT_LENGTH: '15' })
      expect(contentSha256).toBe(sha256(Buffer.from('a=1&b=%C3%BC%26')))
    })

    it('a file, after 100 Continue', async () => {
      const content = contentOf(3 * MIB)
      const run = await send('/', ['--data-binary', '@-', '--header', 'Expect: 100-continue'], content)
      expect(seenBy(run)).toMatchObject({ contentBytes: content.length, contentSha256: sha256(content) })
      expect(run.sent).toContain('Expect: 100-continue')
      expect(run.received[0]).toMatch(/^HTTP\/1\.1 100 /)
      expect(run.account).not.toMatch(/Done waiting for 100-continue/)
    })

    it.each([1, 300 * KIB])('%i bytes in chunks', async size => {
      const content = contentOf(size)
      const run = await send('/', ['--header', 'Transfer-Encoding: chunked', '--data-binary', '@-'], content)
      const { environ, contentSha256 } = seenBy(run)
      expect(run.sent).toContain('Transfer-Encoding: chunked')
      expect(environ['CONTENT_LENGTH']).toBe(String(size))
      expect(environ).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
      expect(contentSha256).toBe(sha256(content))
    })

    it('PUT of something whose end is not known', async () => {
      const content = contentOf(100_000)
      const seen = seenBy(await send('/', ['--upload-file', '-'], content))
      expect(seen).toMatchObject({ environ: { REQUEST_METHOD: 'PUT', CONTENT_LENGTH: '100000' }, contentSha256: sha256(content) })
    })

    it('HEAD', async () => {
      const run = await send('/', ['--head'])
      expect(run).toMatchObject({ exitCode: 0, transfers: [{ http_code: 200, size_download: 0 }] })
      expect(run.received.join('\n')).toMatch(/^Content-Length: [1-9]/im)
    })

    it('several requests on one connection', async () => {
      const url = `${site().front.url}/`
      const next = ['--next', '--silent', '--write-out', '%{stderr}transfer %{json}\n']
      const { exitCode, transfers } = await curl([url, ...next, '--data', 'x'.repeat(100), url, ...next, '--head', url, ...next, url])
      expect(exitCode).toBe(0)
      expect(transfers.map(transfer => [transfer.http_code, transfer.num_connects])).toEqual([[200, 1], [200, 0], [200, 0], [200, 0]])
    })

    it('HTTP/1.0', async () => {
      const run = await send('/', ['--http1.0'])
      expect(seenBy(run).environ['SERVER_PROTOCOL']).toBe('HTTP/1.0')
      expect(run.received.join('\n')).not.toMatch(/^Transfer-Encoding:/im)
      expect(run.received.join('\n')).toMatch(/^Connection: close$/im)
    })

    it('HTTP/2, which it is not: the request is served as HTTP/1.1', async () => {
      for (const args of [['--http2'], ['--http2', '--data', 'content']]) {
        const run = await send('/', args)
        expect(run.sent).toContain('Upgrade: h2c')
        expect(seenBy(run).environ['SERVER_PROTOCOL']).toBe('HTTP/1.1')
        expect(run.transfers[0]!.http_version).toBe('1.1')
      }
    })

    it('repeated fields', async () => {
      const lines = ['X-Test: 1', 'X-Test: 2', 'Cookie: a=1', 'Cookie: b=2', 'X-Empty;', 'X_Test: dropped', 'Proxy: dropped']
      const { environ } = seenBy(await send('/', lines.flatMap(line => ['--header', line])))
      expect(fieldsOf(environ)).toMatchObject({ HTTP_X_TEST: '1, 2', HTTP_COOKIE: 'a=1; b=2', HTTP_X_EMPTY: '' })
      expect(environ).not.toHaveProperty('HTTP_PROXY')
    })

    it.each([
      ['/a/../b//c/./%2e%2e/%2F;p?x=?/..', '/a/../b//c/./..//;p', 'x=?/..'],
      ['//', '//', ''],
      ['/..', '/..', ''],
      ['/%', '/%', ''],
      ['/%zz%4', '/%zz%4', ''],
      ['/%252e', '/%2e', ''],
      ['/%00%ff', '/\0\u00FF', ''],
      ['/caf%C3%A9', '/caf\u00C3\u00A9', ''],
      ['/a|b"^`', '/a|b"^`', ''],
      ['/?', '/', ''],
      ['/?%41+%', '/', '%41+%']
    ])('%s as it is', async (target, pathInfo, query) => {
      const { environ } = seenBy(await send(target, ['--path-as-is', '--globoff']))
      expect(environ).toMatchObject({ REQUEST_URI: target, PATH_INFO: pathInfo, QUERY_STRING: query })
    })

    it('40 at once', async () => {
      const run = await curl(['--parallel', '--parallel-max', '20', `${site().front.url}/?[1-40]`])
      expect(run.exitCode, run.account).toBe(0)
      expect(run.transfers.map(transfer => transfer.http_code)).toEqual(Array(40).fill(200))
    })

    it.each([
      ['without a Host', 400, ['--header', 'Host:']],
      ['with two lengths', 400, ['--header', 'Content-Length: 1', '--header', 'Transfer-Encoding: chunked', '--data', 'x']],
      ['with a method in lower case', 501, ['--request', 'get']],
      ['that expects what nobody knows', 417, ['--header', 'Expect: wonders']],
      ['whose target is too long', 414, ['--url-query', 'q='.padEnd(9000, 'x')]],
      ['with a field line that is too long', 431, ['--header', `X-Long: ${'x'.repeat(9000)}`]]
    ])('a request %s is answered %i', async (_, status, args) => {
      const run = await send('/', args)
      expect(run.transfers.map(transfer => transfer.http_code), run.account).toEqual([status])
      expect(run.received.join('\n')).toMatch(/^Connection: close$/im)
    })
  })
})

describeWithPeers(['curl', 'flask'], 'curl and Flask behind gatewire proxy', () => {
  const site = siteForSuite({ listen: 'unix' })

  it('a response that is made piece by piece: chunks, and until the end of the connection for HTTP/1.0', async () => {
    for (const [args, field] of [[[], /^Transfer-Encoding: chunked$/im], [['--http1.0'], /^Connection: close$/im]] as const) {
      const run = await curl([...args, `${site().front.url}/stream?parts=3`])
      expect(run).toMatchObject({ exitCode: 0, content: Buffer.from('part 0\npart 1\npart 2\n') })
      expect(run.received.join('\n')).toMatch(field)
    }
  })

  it.each([['/204', 204], ['/304', 304], ['/nowhere', 404], ['/error', 500]])('%s is %i', async (target, status) => {
    const run = await curl([`${site().front.url}${target}`, `${site().front.url}/`])
    expect(run.transfers.map(transfer => [transfer.http_code, transfer.num_connects])).toEqual([[status, 1], [200, 0]])
  })

  it('two cookies are two field lines', async () => {
    const { received } = await curl([`${site().front.url}/cookies`])
    expect(received.filter(line => /^set-cookie:/i.test(line))).toEqual(['Set-Cookie: first=1; Path=/', 'Set-Cookie: second=2; Path=/; HttpOnly'])
  })
})
