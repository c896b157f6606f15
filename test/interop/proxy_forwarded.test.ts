// What Flask is told of the client by our front end, whatever the client says of itself.
import { describe, expect, it } from 'vitest'
import { GENEROUS } from './front_end.js'
import { request } from './http.js'
import { get } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { siteForSuite, type Site } from './site.js'

interface Where {
  readonly url: string
  readonly secure: boolean
  readonly scheme: string
  readonly remote: string
  readonly told: Readonly<Record<string, string>>
}

const FORGED = [
  'X-Forwarded-For: 203.0.113.9', 'X-Forwarded-For: 203.0.113.10, 203.0.113.11', 'x-forwarded-proto: https', 'X-FORWARDED-HOST: bank.test',
  'X-Forwarded-Port: 443', 'X-Forwarded-Prefix: /evil', 'X-Forwarded-Ssl: on', 'X-Forwarded-Protocol: ssl', 'Forwarded: for=203.0.113.9;proto=https;host=bank.test',
  'X_Forwarded_For: 203.0.113.12', 'X-Forwarded_For: 203.0.113.13', 'UWSGI_SCHEME: https', 'UWSGI_SETENV: HOME=/', 'Remote-Addr: 203.0.113.14',
  'REMOTE_ADDR: 203.0.113.15', 'Remote_User: root', 'Https: on', 'X-Own: kept'
]

describeWithPeers('flask', 'what Flask behind gatewire proxy is told of the client', () => {
  async function where (site: Site, ...lines: string[]): Promise<Where> {
    const response = await request(site.front.port, get('/where', ...lines))
    expect(response.status).toBe(200)
    return JSON.parse(response.content.toString()) as Where
  }

  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen, app: 'pages' })

    it('the address that the connection comes from', async () => {
      const { remote, told, scheme, url } = await where(site())
      expect({ remote, scheme, url }).toEqual({ remote: '127.0.0.1', scheme: 'http', url: 'http://example.test/where' })
      const { REMOTE_PORT, ...others } = told
      expect(Number(REMOTE_PORT)).toBeGreaterThan(0)
      expect(others).toEqual({
        REMOTE_ADDR: '127.0.0.1',
        HTTP_X_FORWARDED_FOR: '127.0.0.1',
        HTTP_X_FORWARDED_PROTO: 'http',
        HTTP_X_FORWARDED_HOST: 'example.test'
      })
    })

    it('nothing that the client made up', async () => {
      const seen = await where(site(), ...FORGED)
      const honest = await where(site(), 'X-Own: kept')
      // Each request has a connection, and so a port, of its own.
      const port = expect.any(String) as string
      expect(seen).toEqual({ ...honest, told: { ...honest.told, REMOTE_PORT: port } })
      expect(seen.told['HTTP_X_OWN']).toBe('kept')
    })
  })

  describe('by a front end before it that it trusts', GENEROUS, () => {
    const site = siteForSuite({ listen: 'unix', app: 'pages' }, '--trust', '127.0.0.0/8')

    it('what that one says, and its address', async () => {
      const { told, remote, scheme } = await where(site(), ...FORGED)
      // uWSGI takes the scheme from X-Forwarded-Proto, whoever sends it.
      expect({ remote, scheme }).toEqual({ remote: '127.0.0.1', scheme: 'https' })
      expect(told).toMatchObject({
        HTTP_X_FORWARDED_FOR: '203.0.113.9, 203.0.113.10, 203.0.113.11, 127.0.0.1',
        HTTP_X_FORWARDED_PROTO: 'https',
        HTTP_X_FORWARDED_HOST: 'bank.test',
        HTTP_X_FORWARDED_PREFIX: '/evil',
        HTTP_FORWARDED: 'for=203.0.113.9;proto=https;host=bank.test, for=127.0.0.1;proto=http'
      })
      expect(Object.keys(told).filter(name => name.startsWith('UWSGI'))).toEqual([])
    })
  })

  describe('by a front end that it does not trust', GENEROUS, () => {
    const site = siteForSuite({ listen: 'unix', app: 'pages' }, '--trust', '192.0.2.0/24', '--trust', 'unix')

    it('the address that the connection comes from', async () => {
      const { told } = await where(site(), ...FORGED)
      expect(told).toMatchObject({ HTTP_X_FORWARDED_FOR: '127.0.0.1', HTTP_X_FORWARDED_PROTO: 'http' })
      expect(told).not.toHaveProperty('HTTP_FORWARDED')
    })
  })
})
