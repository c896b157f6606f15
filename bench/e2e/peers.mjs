// The programs that the tests start as well: nginx, uWSGI, wrk and gatewire itself. Their code is that of test/interop/peers, which is TypeScript: Node 20 does
// not read it, so types are taken out while it is loaded.
import { register } from 'node:module'

register('./without_types.mjs', import.meta.url)
const peers = new URL('../../test/interop/peers/', import.meta.url)
const [{ findNginx, startNginx }, { findUwsgi, startUwsgi }, { findWrk, runWrk }, { temporaryFolder }, { startCommand }] = await Promise.all(
  ['nginx.ts', 'uwsgi.ts', 'wrk.ts', 'process.ts', 'gatewire.ts'].map(file => import(new URL(file, peers)))
)

export { findNginx, findUwsgi, findWrk, runWrk, startCommand, startNginx, startUwsgi, temporaryFolder }
