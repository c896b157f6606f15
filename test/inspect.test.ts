// `gatewire inspect` over recorded packets, other protocols and damaged packets: what it prints and the code it returns.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeModifiers, knownModifiers } from '../src/cli/modifiers.js'
import { encodeUwsgi, requestModifiers } from '../src/index.js'
import { block, captures, decoded, facts, latin1, packet, run } from './inspection.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatewire-inspect-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('recorded packets', () => {
  const files = Object.keys(decoded)

  it.each(files)('%s: the verdict, and offsets that point at the bytes', async (name) => {
    const file = path.join(captures, name)
    const bytes = readFileSync(file)
    const want = decoded[name]
    const { code, out } = await run([file, '--json', '--protocol', 'uwsgi'])
    const got = JSON.parse(out)
    expect(got.input).toEqual({ name: file, bytes: bytes.length })

    const lengths: string[] = (want.vars ?? []).filter(([key]: string[]) => key === 'CONTENT_LENGTH').map(([, value]: string[]) => value)
    const badLength = requestModifiers.has(want.modifier1) && lengths.some(value => !/^[0-9]*$/.test(value))
    const truncated = /truncated block/.test(want.error ?? '')
    const verdict = truncated ? 'incomplete' : want.kind === 'invalid' || badLength ? 'refused' : 'accepted'
    expect(got.verdict).toBe(verdict)
    expect(got.accepted).toBe(verdict === 'accepted')
    expect(code).toBe(verdict === 'accepted' ? 0 : 1)
    expect(got.error !== null).toBe(verdict === 'refused')
    // Offsets of decoded.json count from the block.
    const fault = / at ([0-9]+)/.exec(want.error ?? '')
    if (fault !== null) expect(got.error.offset).toBe(4 + Number(fault[1]))

    for (const one of got.vars) {
      expect(bytes.readUInt16LE(one.offset)).toBe(one.key.length)
      expect(latin1(bytes, one.keyOffset, one.key.length)).toBe(one.key)
      if (one.value === null) continue
      expect(bytes.readUInt16LE(one.valueOffset - 2)).toBe(one.value.length)
      expect(latin1(bytes, one.valueOffset, one.value.length)).toBe(one.value)
      expect(one.offset + one.length).toBe(one.valueOffset + one.value.length)
    }
    for (const one of got.items) expect(latin1(bytes, one.valueOffset, one.length - 2)).toBe(one.value)
    if (got.raw !== null) expect(latin1(bytes, got.raw.offset, got.raw.length)).toBe(want.payload_latin1)

    if (want.kind === 'dict') expect(got.vars.map((one: any) => [one.key, one.value])).toEqual(want.vars)
    if (verdict !== 'accepted') return
    // The parts of an accepted input lie one behind the other, up to its end.
    expect(got.header.datasize).toBe(want.datasize)
    const end = 4 + want.datasize + (got.content?.present ?? 0)
    if (got.content !== null) expect(got.content.offset).toBe(4 + want.datasize)
    expect(got.rest).toEqual(end < bytes.length ? { offset: end, length: bytes.length - end } : null)
  })

  it.each(files)('%s: the page is printable ASCII, names every variable and keeps to its width', async (name) => {
    const { code, out, err } = await run([path.join(captures, name), '--protocol', 'uwsgi'])
    expect(out).toMatch(/^[\x20-\x7E\n]+\n$/)
    expect(err).toBe('')
    expect(code === 0).toBe(out.includes('uwsgi packet accepted'))
    const lines = out.split('\n')
    expect(lines.filter(line => line.length > 100)).toEqual([])
    expect(out).toContain(name)
    if (code === 0) for (const [key] of decoded[name].vars ?? []) expect(out).toContain(`  ${key.replaceAll('\0', '\\x00')} =`)
  })

  it.each([
    ['nginx-suwsgi-tls-clienthello.bin', 'TLS'],
    ['nginx-scgi-get.bin', 'SCGI'],
    ['apache-scgi-post.bin', 'SCGI'],
    ['lighttpd-fcgi-post.bin', 'FASTCGI'],
    ['apache-fcgi-post.bin', 'FASTCGI'],
    ['uwsgi-resp-get-200.resp.bin', 'HTTP_RESPONSE']
  ])('%s is recognised as %s', async (name, hint) => {
    const got = await facts(readFileSync(path.join(captures, name)))
    expect(got).toMatchObject({ code: 1, verdict: 'foreign', accepted: false, vars: [], hints: [{ code: hint }] })
  })

  it('names the payload of packets that are no requests', async () => {
    const rpc = await facts(readFileSync(path.join(captures, 'uwsgi-client-rpc-emptyarg.bin')))
    expect(rpc.items).toEqual([
      { offset: 4, length: 7, value: 'hello', valueOffset: 6 },
      { offset: 11, length: 3, value: 'a', valueOffset: 13 },
      { offset: 14, length: 2, value: '', valueOffset: 16 }
    ])
    const legion = await facts(readFileSync(path.join(captures, 'uwsgi-legion-udp-1.bin')))
    expect(legion).toMatchObject({ code: 0, header: { payload: 'raw' }, raw: { offset: 4, length: 213 }, rest: { offset: 217, length: 11 } })
    const replication = await facts(readFileSync(path.join(captures, 'uwsgi-cache-udp-1.bin')))
    expect(replication.items.map((one: any) => one.value)).toEqual(['kk', 'vv', '1795216815'])
  })
})

describe('other protocols on a uwsgi port', () => {
  const others: Array<[string, string | number[], string]> = [
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP2'],
    ['a ClientHello longer than the packet it looks like', [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, ...Array<number>(600).fill(7)], 'TLS'],
    ['PROXY version 1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1024 80\r\n', 'PROXY_V1'],
    ['PROXY version 2', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\x7F\0\0\x01\x7F\0\0\x01\x04\0\0\x50', 'PROXY_V2'],
    ['SNMP', [0x30, 0x26, 2, 1, 1, 4, 6, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63], 'SNMP']
  ]

  it.each(others)('%s', async (_, bytes, hint) => {
    const input = block(bytes)
    const got = await facts(input)
    expect(got).toMatchObject({ code: 1, verdict: 'foreign', accepted: false, hints: [{ code: hint }], warnings: [] })
    const { code, out } = await run([], input)
    expect(code).toBe(1)
    expect(out).toContain('neither a uwsgi packet nor an HTTP/1.x request')
    expect(out).toContain('hint: ')
  })

  it('or just text', async () => {
    const text = Buffer.from('What is this?\nNo packet.\n')
    expect(await facts(text)).toMatchObject({ code: 1, verdict: 'foreign', hints: [{ code: 'TEXT', message: expect.stringContaining('--input hex') }] })
    expect(await facts(text, '--protocol', 'uwsgi')).toMatchObject({ code: 1, verdict: 'incomplete', hints: [{ code: 'TEXT' }] })
    expect(await facts(text.subarray(0, 7))).toMatchObject({ code: 1, verdict: 'incomplete', hints: [] })
  })

  it('says which numbers the header turns into', async () => {
    const { out } = await run(['--protocol', 'uwsgi'], Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    expect(out.replaceAll(/\s+/g, ' ')).toContain('modifier1 71, datasize 21573, modifier2 32')
  })

  it('is only a hint with --protocol uwsgi', async () => {
    const get = await facts(Buffer.from('GET / HTTP/1.1\r\n\r\n'), '--protocol', 'uwsgi')
    expect(get).toMatchObject({ code: 1, verdict: 'incomplete', incomplete: { have: 18, need: 21577 }, hints: [{ code: 'HTTP_REQUEST' }] })
    const hello = await facts(block([0x16, 3, 1, 0, 0xFC, 1, ...Array<number>(600).fill(7)]), '--protocol', 'uwsgi')
    expect(hello).toMatchObject({ code: 0, verdict: 'accepted', header: { modifier1: 22, datasize: 259, payload: 'raw' }, hints: [{ code: 'TLS' }] })
  })

  it('does not take a packet that decodes for HTTP, whatever its header spells', async () => {
    const bytes = encodeUwsgi([['REQUEST_METHOD', 'GET'], ['FILLER', 'x'.repeat(21573 - 31)]], { modifier1: 0x47, modifier2: 0x20 })
    expect(latin1(bytes, 0, 4)).toBe('GET ')
    expect(await facts(bytes)).toMatchObject({ code: 0, verdict: 'accepted', hints: [] })
  })
})

describe('packets that are refused or cut', () => {
  const good = encodeUwsgi([['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/a']])

  it('shows what was read before a value that leaves the block', async () => {
    const bytes = packet(block([1, 0], 'A', [1, 0], 'b', [3, 0], 'KEY', [200, 0], 'xy'))
    const got = await facts(bytes)
    expect(got).toMatchObject({ code: 1, verdict: 'refused', error: { code: 'ERR_UWSGI_VALUE_OVERRUN', status: 400, offset: 15 } })
    expect(got.error.overrun).toEqual({ announced: 200, left: 2 })
    expect(got.vars).toEqual([
      { offset: 4, length: 6, key: 'A', keyOffset: 6, value: 'b', valueOffset: 9 },
      { offset: 10, length: 5, key: 'KEY', keyOffset: 12, value: null, valueOffset: null }
    ])
    const { out } = await run([], bytes)
    expect(out).toContain('ERR_UWSGI_VALUE_OVERRUN, status 400')
    expect(out).toMatch(/^ {8}(?: {3}){3}\^\^ byte 15$/m)
    expect(out).toContain('KEY = (at fault)')
    expect(out).toMatch(/^ {4}15 {2}c8 00 78 79 +\.\.xy +200 bytes are announced here, 2 are left$/m)
    expect(out).toContain('A length before this byte is wrong')
  })

  it('marks a fault that stands at the very end', async () => {
    const bytes = packet(block([10, 0], 'ABCDEFGHIJ'))
    const { out } = await run([], bytes)
    expect(bytes.length).toBe(16)
    expect(out).toContain('ERR_UWSGI_VALUE_LENGTH_TRUNCATED')
    expect(out).toContain('^^ byte 16')
  })

  it('lists all variables when only CONTENT_LENGTH or their number is at fault', async () => {
    const badLength = await facts(encodeUwsgi([['CONTENT_LENGTH', '5x'], ['A', 'b']]))
    expect(badLength).toMatchObject({ verdict: 'refused', error: { code: 'ERR_UWSGI_BAD_CONTENT_LENGTH', status: 400 }, content: null })
    expect(badLength.vars.map((one: any) => one.key)).toEqual(['CONTENT_LENGTH', 'A'])
    const many = await facts(encodeUwsgi(Array.from({ length: 1200 }, (_, i): [string, string] => [`K${i}`, ''])))
    expect(many).toMatchObject({ verdict: 'refused', error: { code: 'ERR_UWSGI_TOO_MANY_VARS', status: 431 } })
    expect(many.vars.length).toBe(1200)
  })

  it('survives a block that has no room left for mending', async () => {
    const bytes = packet(block([0xFD, 0xFF], 'k'.repeat(65533)))
    expect(await facts(bytes)).toMatchObject({ code: 1, error: { code: 'ERR_UWSGI_VALUE_LENGTH_TRUNCATED', offset: 65539 }, vars: [] })
  })

  it('shows the items before the fault of an array', async () => {
    const got = await facts(packet(block([2, 0], 'fn', [9, 0], 'x'), 173))
    expect(got).toMatchObject({ code: 1, error: { code: 'ERR_UWSGI_ITEM_OVERRUN', offset: 8 }, items: [{ value: 'fn', offset: 4, length: 4 }] })
  })

  it('is incomplete at every cut, with the variables that are there', async () => {
    const whole = (await facts(good)).vars
    for (let length = 0; length < good.length; length++) {
      const got = await facts(good.subarray(0, length))
      expect(got).toMatchObject({ code: 1, verdict: 'incomplete', incomplete: { have: length, need: length < 4 ? 4 : good.length }, error: null })
      const known = got.vars.filter((one: any) => one.value !== null)
      expect(known).toEqual(whole.slice(0, known.length))
    }
    const { out } = await run([], good.subarray(0, 20))
    expect(out).toContain(`incomplete: 20 of ${good.length} bytes`)
    expect((await run([], Buffer.alloc(0))).out).toContain('incomplete: 0 of 4 bytes')
  })

  it('suspects big-endian lengths', async () => {
    // As from a sender that writes every length high byte first.
    const swapped = block([0, 0, 13, 0], [0, 3], 'KEY', [0, 5], 'value', 'x')
    expect(await facts(swapped)).toMatchObject({ verdict: 'incomplete', hints: [{ code: 'BIG_ENDIAN' }] })
    const inside = packet(block([0, 3], 'KEY', [0, 5], 'value'))
    const got = await facts(inside)
    expect(got).toMatchObject({ verdict: 'refused', error: { code: 'ERR_UWSGI_KEY_OVERRUN', overrun: { announced: 768, left: 10 } } })
    expect(got.hints).toMatchObject([{ code: 'BIG_ENDIAN' }])
    expect((await facts(good.subarray(0, 20))).hints).toEqual([])
  })
})

describe('warnings', () => {
  const codes = async (...args: Parameters<typeof encodeUwsgi>): Promise<string[]> => {
    return (await facts(encodeUwsgi(...args))).warnings.map((one: any) => one.code)
  }

  it('has none for a plain request', async () => {
    expect(await codes([['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/']])).toEqual([])
  })

  it('knows the limits of stock uWSGI', async () => {
    const sized = (size: number): Array<[string, string]> => [['REQUEST_METHOD', 'GET'], ['X', 'x'.repeat(size - 26)]]
    expect((await facts(encodeUwsgi(sized(4096)))).fitsStockUwsgi).toBe(true)
    expect(await facts(encodeUwsgi(sized(4097)))).toMatchObject({ code: 0, fitsStockUwsgi: false, warnings: [{ code: 'OVER_4096_BYTES', offset: 1 }] })
    const many = (count: number): Array<[string, string]> => [['REQUEST_METHOD', 'GET'], ...Array.from({ length: count - 1 }, (_, i): [string, string] => [`K${i}`, ''])]
    expect((await facts(encodeUwsgi(many(128)))).fitsStockUwsgi).toBe(true)
    expect(await facts(encodeUwsgi(many(129)))).toMatchObject({ code: 0, fitsStockUwsgi: false, warnings: [{ code: 'OVER_128_VARS' }] })
  })

  it('knows variables that mislead or that uWSGI acts on', async () => {
    expect(await codes([])).toEqual(['REQUEST_METHOD_MISSING'])
    expect(await codes([['REQUEST_METHOD', 'G T']])).toEqual(['REQUEST_METHOD_NOT_A_TOKEN'])
    expect(await codes([['name', 'job']], { modifier1: 17 })).toEqual([])
    const method: [string, string] = ['REQUEST_METHOD', 'POST']
    expect(await codes([method, ['HTTP_TRANSFER_ENCODING', 'chunked'], ['CONTENT_LENGTH', '0']])).toEqual(['TRANSFER_ENCODING'])
    expect(await codes([method, ['HTTP_X', 'a'], ['HTTP_X', 'b'], ['HTTP_X', 'c']])).toEqual(['REPEATED_VAR'])
    expect(await codes([method, ['UWSGI_FILE', '/x'], ['UWSGI_NEW', ''], ['UWSGI_ROUTER', 'http']])).toEqual(['ACTED_ON', 'ACTED_ON'])
  })

  it('says how gatewire reads repeated variables', async () => {
    const { out } = await run([], encodeUwsgi([['REQUEST_METHOD', 'GET'], ['HTTP_X', 'a'], ['HTTP_X', 'b'], ['HTTP_HOST', 'a'], ['HTTP_HOST', 'b']]), 200)
    expect(out).toContain('HTTP_X comes 2 times, at bytes 25, 36; gatewire joins them')
    expect(out).toContain('HTTP_HOST comes 2 times, at bytes 47, 61; gatewire takes the last')
  })

  it('counts content', async () => {
    const head = encodeUwsgi([['REQUEST_METHOD', 'POST'], ['CONTENT_LENGTH', '5']])
    const at = head.length
    expect(await facts(head)).toMatchObject({ code: 0, content: { offset: at, announced: 5, present: 0 }, rest: null, warnings: [{ code: 'CONTENT_SHORT', offset: at }] })
    expect(await facts(Buffer.concat([head, Buffer.from('12345')]))).toMatchObject({ content: { announced: 5, present: 5 }, rest: null, warnings: [] })
    expect(await facts(Buffer.concat([head, Buffer.from('1234567')]))).toMatchObject({
      code: 0, content: { announced: 5, present: 5 }, rest: { offset: at + 5, length: 2 }, warnings: [{ code: 'BYTES_AFTER_CONTENT', offset: at + 5 }]
    })
  })

  it('notices a payload where there should be none', async () => {
    expect(await facts(packet(Buffer.from('x'), 110, 17))).toMatchObject({ code: 0, warnings: [{ code: 'PAYLOAD_UNEXPECTED', offset: 4 }] })
  })
})

describe('output', () => {
  it('never carries a control character, a raw byte of the packet or a wide line, whatever is in the packet', async () => {
    const recorded = ['nginx-get-dup-headers.bin', 'nginx-post-form.bin', 'uwsgi-client-rpc.bin', 'uwsgi-client-cset.bin']
      .map(name => readFileSync(path.join(captures, name)))
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.constantFrom(...recorded), fc.nat(600), fc.nat(255), fc.nat(600)).map(([original, at, value, cut]) => {
        const changed = Buffer.from(original)
        changed[at % changed.length] = value
        return changed.subarray(0, Math.max(4, changed.length - (cut > 300 ? 0 : cut)))
      }),
      fc.tuple(fc.constantFrom(...knownModifiers, 77), fc.nat(20), fc.uint8Array({ maxLength: 300 })).map(([one, two, payload]) => packet(payload, one, two)),
      fc.tuple(fc.nat(255), fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.uint8Array({ maxLength: 200 })), { maxLength: 6 })).map(([one, pairs]) => {
        return encodeUwsgi(pairs.map(([key, value]): [string, Uint8Array] => [Buffer.from(key).toString('latin1'), value]), { modifier1: one })
      })
    )
    await fc.assert(fc.asyncProperty(bytes, fc.constantFrom('auto', 'uwsgi'), async (input, protocol) => {
      const page = await run(['--protocol', protocol], input)
      expect(page.out).toMatch(/^[\x20-\x7E\n]+$/)
      expect(page.out.split('\n').filter(line => line.length > 100)).toEqual([])
      const json = await run(['--protocol', protocol, '--json'], input)
      expect(json.out).toMatch(/^[\x20-\x7E\n]+$/)
      expect(json.code).toBe(page.code)
      const found = JSON.parse(json.out)
      expect([found, ...found.following].every((one: any) => one.accepted)).toBe(page.code === 0)
    }), { numRuns: 400 })
  })

  it('escapes what a terminal would act on, in values, names and the name of the file', async () => {
    const file = path.join(folder, 'a\x1B[31mb.bin')
    writeFileSync(file, encodeUwsgi([['REQUEST_METHOD', 'GET'], ['X\x1B]0;t\x07', ' \x9B31m\\ \xE9 ']]))
    const { out } = await run([file])
    expect(out).toContain('a\\x1B[31mb.bin')
    expect(out).toMatch(/ X\\x1B\]0;t\\x07 = \\x20\\x9B31m\\\\ \\xE9\\x20\n/)
  })

  it('follows the width of the terminal and gives the length of what it cut', async () => {
    const bytes = encodeUwsgi([['REQUEST_METHOD', 'GET'], ['HTTP_COOKIE', 'c'.repeat(500)], ['K'.repeat(50), '\0'.repeat(40)]])
    for (const [columns, hex] of [[60, 4], [80, 8], [100, 12], [120, 16]] as const) {
      const { out } = await run([], bytes, columns)
      const longest = Math.max(...out.split('\n').map(line => line.length))
      expect(longest).toBeLessThanOrEqual(columns)
      expect(longest).toBeGreaterThan(columns - 5)
      expect(out).toContain(`\n     4  ${bytes.toString('hex', 4, 4 + hex).replace(/..(?!$)/g, '$& ')}  ..`)
      const meanings = out.split('\n').map(line => line.slice(6 + 2 + 3 * hex - 1 + 2 + hex + 2).trim()).join(' ')
      expect(meanings).toMatch(/c ?\.\.\. \(500 bytes\)/)
      expect(meanings.replaceAll(' ', '')).toMatch(/K\.\.\.\(50bytes\)=/)
    }
    expect((await run([], bytes, 700)).out).toContain(`  HTTP_COOKIE = ${'c'.repeat(500)}\n`)
    // Narrower than makes sense, or unknown.
    expect((await run([], bytes, 5)).out).toBe((await run([], bytes, 50)).out)
    expect((await run([], bytes, 0)).out).toBe((await run([], bytes, 100)).out)
  })

  it('shows some lines of what is long, and how much more there is', async () => {
    const long = encodeUwsgi([['REQUEST_METHOD', 'POST'], ['CONTENT_LENGTH', '1000'], ['X', 'x'.repeat(200)]])
    const { out } = await run([], Buffer.concat([long, Buffer.alloc(1000, 'y')]), 100)
    const rows = out.split('\n').filter(line => /^ +\d+ {2}/.test(line))
    expect(rows.filter(line => line.includes('78 78')).length).toBeGreaterThanOrEqual(4)
    expect(rows.filter(line => line.includes('79 79')).length).toBe(8)
    expect(out).toContain('\n        904 more\n')
    expect(out).toMatch(/^ {8}145 more +x+$/m)
  })
})

describe('the table of modifiers', () => {
  it('reads every request as variables, and what has no row too', () => {
    for (const modifier1 of requestModifiers) expect(describeModifiers(modifier1, 0).payload).toBe('vars')
    expect(describeModifiers(77, 0)).toEqual({ name: 'not assigned', payload: 'vars', modifier2: undefined, follows: undefined })
  })

  it.each([
    [173, 0, 'array'], [173, 1, 'array'], [173, 2, 'vars'], [173, 3, 'vars'], [173, 4, 'vars'],
    [111, 0, 'raw'], [111, 1, 'array'], [111, 2, 'raw'], [111, 3, 'vars'], [111, 5, 'raw'], [111, 10, 'array'], [111, 17, 'vars'],
    [17, 9, 'vars'], [100, 0, 'empty'], [100, 1, 'raw'], [101, 7, 'raw'], [110, 17, 'empty'], [224, 0, 'vars'], [255, 1, 'empty']
  ] as const)('%i/%i has a payload of kind %s', (modifier1, modifier2, payload) => {
    expect(describeModifiers(modifier1, modifier2).payload).toBe(payload)
  })
})
