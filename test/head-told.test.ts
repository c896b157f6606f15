// What the facts of an HTTP head tell of its variables, method and version: the same as its bytes say, by whatever way it is asked for.
import { describe, expect, it } from 'vitest'
import { decodeHttp } from '../src/index.js'
import { METHODS } from '../src/layout.js'

const usual = METHODS.filter(method => method !== '')
const methods = [...usual, 'TRACE', 'PROPFIND', 'GETS', 'PU!', 'XGET', 'PATCHES', 'OPTIONSX', 'ABCDEFGHIJKLMNOPQRST']
const heads = methods.flatMap(method => ['HTTP/1.1', 'HTTP/1.0'].map(protocol => ({ method, protocol, bytes: Buffer.from(`${method} /p?q HTTP/1.${protocol.at(-1)}\r\nHost: h\r\nA: b\r\n\r\n`) })))

describe('method and version of an HTTP head', () => {
  it.each(heads)('$method, $protocol: by get, in the environ, as bytes and among all variables', ({ method, protocol, bytes }) => {
    const expected = { REQUEST_METHOD: method, SERVER_PROTOCOL: protocol }
    // The first heads of a shape are read in other ways than those that follow, and a head that was read as a whole in another way than one
    // of which few variables were wanted.
    for (let round = 0; round < 40; round++) {
      const head = decodeHttp(bytes)!
      if (round % 3 === 0) expect(head.environ).toMatchObject(expected)
      for (const [name, value] of Object.entries(expected)) {
        expect(head.get(name)).toBe(value)
        expect(head.has(name)).toBe(true)
        expect(Buffer.from(head.getBytes(name)!).toString('latin1')).toBe(value)
      }
      expect(head.get('PATH_INFO')).toBe('/p')
      expect(head.get('REQUEST_METHODS')).toBe(undefined)
      expect(head.environ).toMatchObject(expected)
      expect(head.detach().get('REQUEST_METHOD')).toBe(method)
    }
  })
})
