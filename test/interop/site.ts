// A web site for a suite: an application under uWSGI and a front end that puts it on a port. Knows no pages.
import { afterAll, beforeAll } from 'vitest'
import { formatAddress } from './peers/address.js'
import { startProxy } from './peers/gatewire.js'
import { startNginx } from './peers/nginx.js'
import type { HttpPeer, Peer } from './peers/process.js'
import { startUwsgi, type UwsgiOptions, type UwsgiPeer } from './peers/uwsgi.js'

/** Ours, and the one that shows that application and test are right when ours fails. */
export type FrontEndName = 'gatewire proxy' | 'nginx'

export interface Site {
  readonly front: HttpPeer
  readonly uwsgi: UwsgiPeer
}

/** To be called in a suite: a site for all of its tests. */
export function siteForSuite (name: FrontEndName, options: UwsgiOptions, ...more: readonly string[]): () => Site {
  const started: Peer[] = []
  let site: Site | undefined
  beforeAll(async () => {
    const uwsgi = await startUwsgi(options)
    started.push(uwsgi)
    const front = name === 'nginx'
      ? await startNginx({ upstream: formatAddress(uwsgi.address), responseBuffering: false })
      : await startProxy(uwsgi.address, ...more)
    started.push(front)
    site = { front, uwsgi }
  })
  afterAll(async () => { for (const peer of started.reverse()) await peer.stop() })
  return () => site!
}
