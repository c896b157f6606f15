// Servers behind nginx: gatewire over uwsgi, TCP and unix, and over HTTP; node:http with connections that are kept and with one for each
// request; and what uwsgi was made for, uWSGI with an application in Python.
import { rmSync } from 'node:fs'
import { chartNote, machineLine } from '../report/page.mjs'
import { move, placesText } from './cores.mjs'
import { byCost, CONNECTIONS, costPanel, loadInTurn, ratePanel, setUpTable } from './load.mjs'
import { startNginx, startUwsgi, temporaryFolder } from './peers.mjs'
import { familyOf } from './processes.mjs'
import { startServer, verifyAnswer } from './child.mjs'

/** Idle connections that each worker of nginx may keep: never fewer than are in use. */
const KEPT = CONNECTIONS
const HTTP = { protocol: 'http', listen: '127.0.0.1:0' }

const SET_UPS = [
  { name: 'uwsgi_pass, TCP: gatewire', start: () => startServer('gatewire.mjs', { protocol: 'uwsgi', listen: '127.0.0.1:0' }) },
  { name: 'uwsgi_pass, unix: gatewire', start: folder => startServer('gatewire.mjs', { protocol: 'uwsgi', listen: `unix:${folder}/gatewire.sock` }) },
  { name: 'proxy_pass, kept: gatewire', start: () => startServer('gatewire.mjs', HTTP), nginx: { speaks: 'http', keepalive: KEPT } },
  { name: 'proxy_pass, kept: node:http', start: () => startServer('node_http.mjs'), nginx: { speaks: 'http', keepalive: KEPT } },
  { name: 'proxy_pass, not kept: node:http', start: () => startServer('node_http.mjs'), nginx: { speaks: 'http' } },
  { name: 'uwsgi_pass, unix: uWSGI, Python', start: startPython }
]
const COMPARISONS = [
  { title: 'CPU against node:http, kept', to: 'proxy_pass, kept: node:http', by: byCost },
  { title: 'CPU against uWSGI', to: 'uwsgi_pass, unix: uWSGI, Python', by: byCost }
]
const THOROUGH = { rounds: 4, seconds: 2, warmSeconds: 2 }
const QUICK = { rounds: 1, seconds: 1, warmSeconds: 0 }

/** Two processes, one of which can compute while the other one waits; no log, as the others have none. Its own master ends what it has left. */
async function startPython () {
  const peer = await startUwsgi({
    listen: 'unix',
    app: new URL('servers/hello_app.py', import.meta.url),
    options: ['--processes', '2', '--threads', '1', '--master', '--no-orphans', '--disable-logging']
  })
  move(familyOf(peer.pid), 'server')
  return { address: `unix:${peer.address.path}`, pid: peer.pid, stop: () => peer.stop() }
}

export default {
  title: 'Behind nginx',
  peers: ['wrk', 'nginx', 'uwsgi'],
  async run ({ quick }, progress) {
    const running = []
    const folder = await temporaryFolder('bench')
    process.once('exit', () => rmSync(folder, { recursive: true })) // also when this is interrupted
    try {
      const setUps = []
      for (const { name, start, nginx: options } of SET_UPS) {
        progress.show('start', { detail: name })
        const server = await start(folder)
        running.push(server)
        const nginx = await startNginx({ upstream: server.address, httpDirectives: 'keepalive_requests 1000000000;', ...options })
        running.push(nginx)
        const frontEnd = familyOf(nginx.pid)
        move(frontEnd, 'nginx')
        await verifyAnswer(`${nginx.url}/`)
        setUps.push({ name, url: `${nginx.url}/`, server: familyOf(server.pid), frontEnd })
      }
      const effort = quick ? QUICK : THOROUGH
      const [results] = await loadInTurn([{ pipelined: 1, setUps }], effort, progress)
      return {
        goals: [],
        chart: {
          title: 'Servers behind nginx',
          note: chartNote('medians; marks: minima'),
          panels: [costPanel, ratePanel].map((panel, i) => panel(['Cost', 'Rate'][i], results, name => name.endsWith('gatewire')))
        },
        text: [
          machineLine(placesText('server', 'nginx', 'client'), `${CONNECTIONS} connections; rounds: ${effort.rounds}, ${effort.seconds} s each`),
          '**nginx in front**: one request after the other on each connection to nginx.',
          setUpTable(results, COMPARISONS)
        ].join('\n\n')
      }
    } finally {
      for (const each of running.reverse()) await each.stop()
    }
  }
}
