// What server and client do with options and addresses that may be anything at all: a server, a promise, or an error with a code.
// GATEWIRE_SEED=n repeats a run: seed.ts.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { request } from '../src/client/index.js'
import { createServer, type Handler } from '../src/server/index.js'

const handler: Handler = () => ({ status: 200 })
const scalar = fc.oneof(fc.integer(), fc.double(), fc.string({ maxLength: 9 }), fc.boolean(), fc.constantFrom(null, undefined, NaN, -1, 0, 2 ** 53, [], ['127.0.0.1', '::/0'], ['x'], { a: 1 }))
const serverOptions = fc.record({
  protocol: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('uwsgi', 'http') }, scalar), allow: scalar, limits: scalar, maxConnections: scalar, headTimeout: scalar,
  keepAliveTimeout: scalar, idleTimeout: scalar, minContentRate: scalar, drainTimeout: scalar, mount: scalar, underscores: scalar, duplicates: scalar,
  serverName: scalar, scheme: scalar, none: scalar
}, { requiredKeys: ['protocol'] })
const address = fc.oneof(scalar, fc.constantFrom('uwsgi://', 'uwsgi://h:99999', 'unix:', 'unix:/\0', 'http://h', '[::1', ':1', '127.0.0.1:x', 'unix:/nowhere/s', {}, { fd: -1 }, { fd: 'x' }))

it('createServer gives a server, or an error with a code', () => {
  fc.assert(fc.property(fc.oneof({ weight: 5, arbitrary: serverOptions }, scalar), fc.oneof({ weight: 5, arbitrary: fc.constant(handler) }, scalar), (options, handler) => {
    try {
      expect(createServer(options as never, handler as never).address()).toBeNull()
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
    }
  }), { numRuns: 2000 })
})

it('request rejects with a code where there is nobody, or no address', async () => {
  const options = fc.oneof({ weight: 5, arbitrary: fc.record({ vars: fc.oneof(fc.constant({ REQUEST_METHOD: 'GET' }), scalar), set: scalar, content: scalar, modifier1: scalar, timeout: scalar }, { requiredKeys: [] }) }, scalar)
  await fc.assert(fc.asyncProperty(fc.oneof(address, fc.constant('uwsgi://127.0.0.1:1')), options, async (address, options) => {
    await expect((async () => { await request(address as string, options as never) })()).rejects.toMatchObject({ code: expect.stringMatching(/^E/) })
  }), { numRuns: 500 })
})
