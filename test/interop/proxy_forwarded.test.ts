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
})
