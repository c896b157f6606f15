// Native sockets where they are: who chooses them, and what those who own one may do to each other. What servers do over them is in
// test/server*.test.ts, which runs over both transports.
import { describe, expect, test } from 'vitest'
import { runChild } from './child.js'
import { hasNativeSockets } from './transports.js'

const refusal = "GATEWIRE_TRANSPORT=nonsense: there are 'native' and 'net'"

describe('the transport', () => {
  test.each([['', hasNativeSockets ? 'native' : 'net'], ['net', 'net'], ...hasNativeSockets ? [['native', 'native']] : []])('GATEWIRE_TRANSPORT=%s: %s', async (wanted, used) => {
    const { code, signal, stderr, report } = await runChild('transport_in_use.mjs', [], { GATEWIRE_TRANSPORT: wanted! })
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual({ used, right: true })
  })

  test('anything else is refused', async () => {
    expect((await runChild('transport_in_use.mjs', [], { GATEWIRE_TRANSPORT: 'nonsense' })).report).toEqual({ error: refusal })
  })

  const inCluster = "GATEWIRE_TRANSPORT=native: only 'net' is there in a worker of a cluster"
  test.each([['', null, 2], ['net', null, 2], ['native', inCluster, 0], ['nonsense', refusal, 0]])(
    'in a cluster, where two workers share a port: %s', async (wanted, error, answered) => {
      const { code, signal, stderr, report } = await runChild('transport_in_use.mjs', [], { GATEWIRE_TRANSPORT: wanted, GATEWIRE_TEST: 'cluster' })
      expect([code, signal, stderr]).toEqual([0, null, ''])
      expect(report).toEqual({ ports: 1, errors: [error, error], answered })
    })
})

test.runIf(hasNativeSockets)('owners of sockets that throw: all of a turn are told, and each error reaches the process once', async () => {
  const { code, signal, stderr, report } = await runChild('watchers_that_throw.mjs')
  expect([code, signal, stderr]).toEqual([0, null, ''])
  expect(report).toEqual({ ready: 300, readyCalls: 300, ended: 300, missing: 0, surplus: 0 })
})
