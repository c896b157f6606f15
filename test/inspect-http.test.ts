// `gatewire inspect` over HTTP/1.x requests: the cases of the corpus, requests one behind the other, and what people see of a refusal.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeHttp, encodeUwsgi, RequestDecoder, transcodeHttpToUwsgi } from '../src/index.js'
import { headEnd, httpCases } from './http_corpus.js'
import { block, facts, latin1, run } from './inspection.js'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const http = (text: string): Promise<any> => facts(Buffer.from(text, 'latin1'), '--protocol', 'http')
const page = async (text: string, columns?: number): Promise<string> => (await run(['--protocol', 'http'], Buffer.from(text, 'latin1'), columns)).out

/** The cases that are about the defaults, which the command has. */
const cases = httpCases.filter(({ options }) => Object.keys(options).length === 0)

/** That every offset points at the bytes that it is said to. */
function expectLines (bytes: Buffer, lines: any[], from: number, to: number): void {
  let at = from
  for (const { offset, length, name, nameOffset, value, valueOffset } of lines) {
    expect([offset, latin1(bytes, nameOffset, name.length), latin1(bytes, valueOffset, value.length)]).toEqual([at, name, value])
    expect(latin1(bytes, nameOffset + name.length, 1)).toBe(':')
    at += length
    expect(latin1(bytes, at - 2, 2)).toBe('\r\n')
  }
  expect(at).toBe(to)
}

describe('cases of the corpus', () => {
  it('are found', () => expect(cases.length).toBeGreaterThan(150))

  it.each(cases.map(one => [one.name, one] as const))('%s: the verdict, and offsets that point at the bytes', async (_, { bytes, expect: expected }) => {
    const { code, ...got } = await facts(bytes, '--protocol', 'http')
    const truncated = 'error' in expected && expected.error.endsWith('_TRUNCATED')
    const verdict = !('error' in expected) ? 'accepted' : !truncated ? 'refused' : expected.error === 'ERR_HTTP_HEAD_TRUNCATED' ? 'incomplete' : 'accepted'
    expect([got.verdict, got.accepted, code]).toEqual([verdict, verdict === 'accepted', verdict === 'accepted' ? 0 : 1])
    if (verdict === 'refused') expect(got.error).toMatchObject({ code: (expected as any).error, status: (expected as any).status, offset: (expected as any).offset })
    else expect(got.error).toBe(null)
    if (got.error !== null) {
      const { offset, line } = got.error
      expect(latin1(bytes, line.offset, line.length)).toBe(line.value)
      expect(offset >= line.offset && offset <= line.offset + line.length).toBe(true)
    }
    if (truncated && verdict === 'accepted') expect(got.warnings.map((one: any) => one.code)).toContain('CONTENT_SHORT')

    const [request] = got.requests
    const { requestLine, fields } = request
    if (requestLine !== null) {
      const { method, target, version, offset, length } = requestLine
      expect(latin1(bytes, offset, length)).toBe(`${method.value} ${target.value} ${version.value}\r\n`)
      for (const part of [method, target, version]) expect(latin1(bytes, part.offset, part.length)).toBe(part.value)
      expectLines(bytes, fields, offset + length, fields.length === 0 ? offset + length : fields.at(-1).offset + fields.at(-1).length)
    }
    if (request.head === null) return
    const head = decodeHttp(bytes)!
    expect(fields.map((one: any) => [one.name, one.value])).toEqual(head.fields())
    expect(fields.length === 0 ? requestLine.offset + requestLine.length : fields.at(-1).offset + fields.at(-1).length).toBe(headEnd({ bytes } as any) - 2)
    expect(Object.entries(request.head.environ)).toEqual(Object.entries(head.environ))
    const { framing, keepAlive, expectContinue, upgrade } = head
    expect(request.head).toMatchObject({ framing, keepAlive, expectContinue, upgrade: upgrade ?? null })

    // What the lines are said to become is what the environ has.
    const made = new Map<string, string[]>()
    for (const { variable, value, noVariable } of fields) {
      expect(variable === null).toBe(noVariable !== null)
      if (variable !== null) made.set(variable, [...made.get(variable) ?? [], value])
    }
    const known = Object.keys(decodeHttp(Buffer.from('GET / HTTP/1.0\r\n\r\n'))!.environ)
    const ownHost = fields.some((one: any) => one.noVariable === 'replaced') || /^http/i.test(requestLine.target.value) ? ['HTTP_HOST'] : []
    expect([...made.keys(), ...ownHost].sort()).toEqual(Object.keys(head.environ).filter(name => !known.includes(name)).sort())
    for (const [name, values] of made) {
      if (name !== 'CONTENT_LENGTH') expect(values.join(name === 'HTTP_COOKIE' ? '; ' : ', ')).toBe(head.get(name))
    }
    if ('error' in expected) return

    const { content } = request
    const data = content === null ? '' : content.announced === null
      ? content.chunks.map((one: any) => latin1(bytes, one.dataOffset, one.present)).join('')
      : latin1(bytes, content.offset, content.present)
    if (expected.content !== undefined) expect(data).toBe(expected.content)
    expect(request.length).toBe(head.byteLength + (content?.length ?? 0))
    if (content === null || content.announced !== null) return
    expect(content.trailers.map((one: any) => [one.name, one.value])).toEqual(expected.trailers ?? [])
    const last = content.chunks.at(-1)
    expect(last.size).toBe(0)
    expectLines(bytes, content.trailers, last.offset + last.length, content.offset + content.length - 2)
  })

  it.each(cases.map(one => [one.name, one] as const))('%s: the page is printable ASCII and keeps to its width', async (_, { bytes }) => {
    for (const columns of [80, 100]) {
      const { out, err } = await run(['--protocol', 'http'], bytes, columns)
      expect(out).toMatch(/^[\x20-\x7E\n]+\n$/)
      expect(err).toBe('')
      expect(out.split('\n').filter(line => line.length > columns)).toEqual([])
    }
  })
})

describe('a request', () => {
  const text = 'POST /a?b HTTP/1.1\r\nHost: h\r\nX_A: 1\r\nPROXY: p\r\nAccept: a\r\nContent-Length: 007\r\naccept:\tb \r\nExpect: 100-continue\r\n\r\ncontent'

  it('has its fields named with what becomes of them', async () => {
    const got = await http(text)
    expect(got.requests[0].fields.map((one: any) => [one.variable, one.noVariable, one.joined])).toEqual([
      ['HTTP_HOST', null, []], [null, 'underscore', []], [null, 'proxy', []], ['HTTP_ACCEPT', null, [47, 79]],
      ['CONTENT_LENGTH', null, []], ['HTTP_ACCEPT', null, [47, 79]], ['HTTP_EXPECT', null, []]
    ])
    expect(got.warnings.map((one: any) => [one.code, one.offset])).toEqual([['FIELD_DROPPED', 29], ['FIELD_DROPPED', 37]])
    expect(got.requests[0].head).toMatchObject({ framing: { kind: 'length', length: 7 }, keepAlive: true, expectContinue: true })
    const shown = await page(text)
    expect(shown).toContain('1 HTTP request accepted')
    expect(shown).toMatch(/^ +29 {2}58 5f 41 3a 20 31 0d 0a +X_A: 1\.\. +X_A: 1\n +-> no variable: underscore$/m)
    expect(shown).toMatch(/^ +47 {2}41 63 63 65 70 74 3a 20 61 0d 0a +Accept: a\.\. +Accept: a\n +-> HTTP_ACCEPT, from bytes 47, 79$/m)
    expect(shown).toContain('the client waits for 100')
    expect(shown).toMatch(/^ {2}CONTENT_LENGTH +7$/m)
    expect(shown).toContain('content, 7 bytes announced by Content-Length, all there')
  })

  it('has the host of its target, not that of its field', async () => {
    const got = await http('GET http://b:80/ HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(got.requests[0].fields).toMatchObject([{ name: 'Host', value: 'a', variable: null, noVariable: 'replaced' }])
    expect(got.requests[0].head.environ.HTTP_HOST).toBe('b:80')
  })

  it('is measured as the packet that it would become', async () => {
    const { packet } = transcodeHttpToUwsgi(Buffer.from(text, 'latin1'))!
    expect((await http(text)).requests[0].head.packet).toMatchObject({ datasize: packet.length - 4, fitsStockUwsgi: true })
    const large = `GET /${'a'.repeat(1400)} HTTP/1.1\r\nHost: a\r\n\r\n`
    expect(await http(large)).toMatchObject({ code: 0, requests: [{ head: { packet: { fitsStockUwsgi: false } } }], warnings: [{ code: 'OVER_4096_BYTES', offset: 0 }] })
    expect(await page(large)).not.toContain('fits stock uWSGI')
  })

  it('may lack content: that is a warning, for captures are often cut', async () => {
    const cut = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345'
    const short = await http(cut)
    expect(short).toMatchObject({ code: 0, requests: [{ content: { announced: 9, present: 5, complete: false } }], warnings: [{ code: 'CONTENT_SHORT', offset: cut.length }] })
    const chunked = await http('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel')
    expect(chunked).toMatchObject({ code: 0, requests: [{ content: { announced: null, present: 3, complete: false, chunks: [{ size: 5, present: 3 }] } }] })
    expect(chunked.warnings).toMatchObject([{ code: 'CONTENT_SHORT', offset: 62 }])
  })
})

describe('chunked content', () => {
  it('is shown chunk by chunk, with extensions and trailers', async () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const text = `${head}5;a="\\""\r\nhello\r\n02\r\n\r\n\r\n0\r\nX-B:  c \r\n\r\n`
    const { requests: [{ content }] } = await http(text)
    const at = head.length
    expect(content).toEqual({
      offset: at,
      length: text.length - at,
      announced: null,
      present: 7,
      complete: true,
      chunks: [
        { offset: at, length: 17, line: '5;a="\\""', size: 5, dataOffset: at + 10, present: 5 },
        { offset: at + 17, length: 8, line: '02', size: 2, dataOffset: at + 21, present: 2 },
        { offset: at + 25, length: 3, line: '0', size: 0, dataOffset: at + 28, present: 0 }
      ],
      trailers: [{ offset: at + 28, length: 10, name: 'X-B', nameOffset: at + 28, value: 'c', valueOffset: at + 34 }]
    })
    const shown = await page(text)
    expect(shown).toMatch(/ {2}35 3b 61 3d .* 5;a="\\""\.\.he {2}chunk of 5 bytes\n.* {2}llo\.\. +;a="\\\\""\n/)
    expect(shown).toMatch(/ {2}30 32 0d 0a 0d 0a 0d 0a +02\.{6} +chunk of 2 bytes\n/)
    expect(shown).toMatch(/ {2}30 0d 0a +0\.\. +the last chunk\n/)
    expect(shown).toContain('1 trailer field')
  })

  it('is shown up to a fault in it, and the line at fault does not begin in the data', async () => {
    const got = await http('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na\nbc\r\n5;\r\nhello\r\n')
    expect(got).toMatchObject({ code: 1, verdict: 'refused', requests: [{ verdict: 'refused', head: { framing: { kind: 'chunked' } }, content: { present: 4, chunks: [{ size: 4 }] } }] })
    expect(got.error).toMatchObject({ code: 'ERR_HTTP_BAD_CHUNK_EXTENSION', line: { value: '5;\r\n' } })
    const behind = await http('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na\nbcX')
    expect(behind.error).toMatchObject({ code: 'ERR_HTTP_BAD_CHUNK_END', line: { value: 'X' } })
  })
})

describe('requests one behind the other', () => {
  it('are examined one by one, an empty line between them', async () => {
    const first = 'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'
    const got = await http(`${first}\r\n${GET}`)
    expect(got.requests).toMatchObject([
      { offset: 0, length: first.length, verdict: 'accepted' },
      { offset: first.length, length: GET.length + 2, requestLine: { offset: first.length + 2, target: { value: '/' } } }
    ])
    expect(got.rest).toBe(null)
    const shown = await page(`${first}\r\n${GET}`)
    expect(shown).toContain('2 HTTP requests accepted')
    expect(shown).toContain(`request 2, bytes ${first.length}-${first.length + GET.length + 1}`)
  })

  it.each([
    ['closed', GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), 'more', ['BYTES_AFTER_CONTENT']],
    ['upgrade', GET.replace('\r\n\r\n', '\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'), '\x81\0', []],
    ['empty line', GET, '\r\n', []]
  ])('end where nothing more is parsed: %s', async (why, before, behind, warnings) => {
    const got = await http(before + behind)
    expect(got).toMatchObject({ code: 0, rest: { offset: before.length, length: behind.length, why } })
    expect(got.requests.length).toBe(1)
    expect(got.warnings.map((one: any) => one.code)).toEqual(warnings)
    expect(await page(before + behind)).toContain(`then ${behind.length} bytes, `)
  })

  it('are refused or incomplete together, when one is', async () => {
    expect(await http(`${GET}GET / HTTP/1.1\r\nHost`)).toMatchObject({ code: 1, verdict: 'incomplete', requests: [{ verdict: 'accepted' }, { verdict: 'incomplete', offset: GET.length }] })
    const got = await http(`${GET}get / HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(got).toMatchObject({ verdict: 'refused', requests: [{ verdict: 'accepted' }, { verdict: 'refused', offset: GET.length }] })
    expect(got.error).toMatchObject({ code: 'ERR_HTTP_METHOD_NOT_SUPPORTED', status: 501, offset: GET.length })
    expect(await page(`${GET}get / HTTP/1.1\r\nHost: a\r\n\r\n`)).toContain('HTTP request 2 refused')
  })
})

describe('a file that is larger than what is read of it', () => {
  const examined = async (begin: string, size: number): Promise<any> => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-inspect-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = path.join(folder, 'large.bin')
    writeFileSync(file, begin, 'latin1')
    if (size > begin.length) truncateSync(file, size)
    const { code, out } = await run([file, '--json'])
    expect((await run([file])).code).toBe(code)
    return { code, ...JSON.parse(out) }
  }
  const MIB = 2 ** 20

  it('has its content counted', async () => {
    const head = `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${9 * MIB}\r\n\r\n`
    const at = head.length
    expect(await examined(head, at + 10 * MIB)).toMatchObject({
      code: 0, requests: [{ content: { offset: at, present: 9 * MIB, complete: true } }], rest: { offset: at + 9 * MIB, length: MIB, why: 'unread' }, warnings: []
    })
    expect(await examined(head, at + 8 * MIB)).toMatchObject({ code: 0, requests: [{ content: { complete: false } }], warnings: [{ code: 'CONTENT_SHORT' }] })
  })

  it('may hold more chunks than a function may have arguments', async () => {
    const text = `PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'8\r\n12345678\r\n'.repeat(400_000)}0\r\n\r\n`
    const got = await examined(text, 0)
    expect(got).toMatchObject({ code: 0, requests: [{ content: { complete: false } }], rest: { why: 'unread' }, warnings: [] })
    const count = Math.ceil((4 * MIB - text.indexOf('8\r\n')) / 13)
    expect(got.requests[0].content.chunks.length).toBe(count)
    expect((await run(['-'], Buffer.from(text.slice(0, 4 * MIB)))).out).toContain(`\n        and ${count - 100} chunks more, then\n`)
  }, 30_000)

  it('may end in the middle of a request: that one is not read', async () => {
    const count = Math.floor(4 * MIB / 3000)
    const one = `GET /${'a'.repeat(3000 - GET.length)} HTTP/1.1\r\nHost: a\r\n\r\n`
    const got = await examined(one.repeat(count + 2), 0)
    expect(got).toMatchObject({ code: 0, verdict: 'accepted', rest: { offset: count * one.length, why: 'unread' } })
    expect(got.requests.length).toBe(count)
  }, 30_000)
})

/** The line of a fault on a page, and the one with the carets under it. */
function faultOf (shown: string): [line: string, marks: string] {
  const lines = shown.split('\n')
  const at = lines.indexOf('the line at fault')
  return [lines[at + 1]!, lines[at + 2]!]
}

describe('a refusal', () => {
  it('shows its line, escaped, with carets under the byte, and the lines before it', async () => {
    const text = 'GET / HTTP/1.1\r\nHost: a\r\nX: \xE9b \x00c\r\nY: 1\r\n\r\n'
    const shown = await page(text)
    expect(shown).toContain('ERR_HTTP_BAD_FIELD_VALUE, status 400: a field value holds a control character (at byte 31)')
    const [line, marks] = faultOf(shown)
    expect(line.trim()).toBe('25-34  X: \\xE9b \\x00c\\x0D\\x0A')
    expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('\\x00')
    expect(marks.trim()).toBe('^^^^ byte 31')
    expect((await http(text)).requests[0].fields.map((one: any) => one.name)).toEqual(['Host'])
  })

  it.each([
    ['GET / HTTP/1.1\n', 'ERR_HTTP_BARE_LF', 'Lines end with CR LF'],
    ['GET / HTTP/1.1\r\n\r\n', 'ERR_HTTP_HOST_MISSING', 'The client has to send Host'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'ERR_HTTP_TRANSFER_ENCODING_WITH_LENGTH', 'smuggle'],
    [`GET /${'a'.repeat(9000)} HTTP/1.1\r\n`, 'ERR_HTTP_REQUEST_LINE_TOO_LONG', 'A server can allow more'],
    ['GET /#a HTTP/1.1\r\n', 'ERR_HTTP_BAD_TARGET', 'percent-encode'],
    ['get / HTTP/1.1\r\nHost: a\r\n\r\n', 'ERR_HTTP_METHOD_NOT_SUPPORTED', 'has to be changed']
  ])('says what to do about it: %j', async (text, code, cure) => {
    const shown = await page(text)
    expect(shown).toContain(code)
    expect(shown.slice(0, shown.indexOf('\n\n')).replaceAll(/\s+/g, ' ')).toContain(cure)
  })

  it('of what is at odds with the rest of the head leaves all lines to see', async () => {
    const got = await http('GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\nY: 1\r\n\r\n')
    expect(got.error).toMatchObject({ code: 'ERR_HTTP_HOST_REPEATED', line: { offset: 25, length: 9 } })
    expect(got.requests[0].fields.map((one: any) => [one.name, one.joined])).toEqual([['Host', []], ['host', []], ['Y', []]])
  })

  it('in a long line shows what stands around the byte', async () => {
    for (const at of [0, 20, 500, 999]) {
      const text = `GET / HTTP/1.1\r\nX: ${'a'.repeat(at)}\x01${'b'.repeat(999 - at)}\r\n`
      const [line, marks] = faultOf(await page(text, 80))
      expect(line.length).toBeLessThanOrEqual(80)
      expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('\\x01')
      expect(line.includes('...')).toBe(true)
    }
  })

  it.each([
    ['TLS', block([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, ...Array<number>(600).fill(7)])],
    ['HTTP2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['PROXY_V1', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1024 80\r\n')],
    ['UWSGI', encodeUwsgi([['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/']])]
  ])('says what it looks like: %s', async (hint, bytes) => {
    expect(await facts(bytes, '--protocol', 'http')).toMatchObject({ code: 1, verdict: 'refused', protocol: 'http', hints: [{ code: hint }] })
  })
})

describe('the first bytes', () => {
  it.each([
    'GET / HTTP/1.1\r\n\r\n', 'POST /form HTTP/1.1\r\n\r\n', `GET /${'x'.repeat(30000)} HTTP/1.1\r\n\r\n`, '\r\nGET / HTTP/1.1\r\n',
    'PROPFIND /dav HTTP/1.1\r\n', 'G|T / HTTP/1.1\r\n', 'OPTIONS * HTTP/1.1\r\n', 'CONNECT a:1 HTTP/1.1\r\n', 'get http://a/ HTTP/1.1\r\n'
  ])('tell that %j is HTTP', async (text) => {
    expect(await facts(Buffer.from(text))).toMatchObject({ protocol: 'http' })
    expect(await facts(Buffer.from(text), '--protocol', 'uwsgi')).toMatchObject({ protocol: 'uwsgi' })
  })

  it.each(['', 'GE', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'PROXY TCP4 192.0.2.1 192.0.2.2 1024 80\r\n'])('do not tell so of %j', async (text) => {
    expect(await facts(Buffer.from(text))).toMatchObject({ protocol: 'uwsgi' })
  })

  it('of nothing at all are incomplete', async () => {
    expect(await http('')).toMatchObject({ code: 1, verdict: 'incomplete', requests: [] })
    expect(await http('\r\n')).toMatchObject({ code: 1, verdict: 'incomplete', requests: [], rest: { why: 'empty line' } })
  })
})

describe('whatever is in the bytes', () => {
  it('the verdict is that of RequestDecoder, and the output is printable', async () => {
    const bytes = fc.tuple(fc.constantFrom(...cases.map(one => one.bytes)), fc.nat(), fc.nat(255), fc.nat(20)).map(([original, at, byte, cut]) => {
      const changed = Buffer.from(original)
      changed[at % changed.length] = byte
      return changed.subarray(0, Math.max(1, changed.length - (cut > 10 ? 0 : cut)))
    })
    await fc.assert(fc.asyncProperty(bytes, async (input) => {
      const { code, error } = await facts(input, '--protocol', 'http', '--input', 'raw') // a few of them would be hex text, too
      const decoder = new RequestDecoder({ protocol: 'http' })
      decoder.push(input)
      const refused = ((): unknown => {
        try {
          for (const _ of decoder);
        } catch (reason) {
          return reason
        }
      })() as { code: string, offset: number } | undefined
      expect([error?.code, error?.offset]).toEqual([refused?.code, refused?.offset])
      const shown = await run(['--protocol', 'http', '--input', 'raw'], input)
      expect(shown.code).toBe(code)
      expect(shown.out).toMatch(/^[\x20-\x7E\n]+$/)
      expect(shown.out.split('\n').filter(line => line.length > 100)).toEqual([])
    }), { numRuns: 400 })
  })
})
