// A web site for a suite: an application under uWSGI, and `gatewire proxy`, which puts it on a port. Knows no pages.
import { afterAll, beforeAll } from 'vitest'
import { startProxy } from './peers/gatewire.js'
import type { HttpPeer, Peer } from './peers/process.js'
import { startUwsgi, type UwsgiOptions, type UwsgiPeer } from './peers/uwsgi.js'

export interface Site {
  readonly front: HttpPeer
  readonly uwsgi: UwsgiPeer
}

/** To be called in a suite: a site for all of its tests. `more`: further options of the proxy. */
export function siteForSuite (options: UwsgiOptions, ...more: readonly string[]): () => Site {
  const started: Peer[] = []
  let site: Site | undefined
  beforeAll(async () => {
    const uwsgi = await startUwsgi(options)
    started.push(uwsgi)
    const front = await startProxy(uwsgi.address, ...more)
    started.push(front)
    site = { front, uwsgi }
  })
  afterAll(async () => { for (const peer of started.reverse()) await peer.stop() })
  return () => site!
}
