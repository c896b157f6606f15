// gatewire's HTTP server beside node:http, with nothing between them and the client: connections that are kept alive, one request after the
// other on each of them, and 16 pipelined.
import { goalBlock, goalOf } from '../report/goals.mjs'
import { chartNote, machineLine } from '../report/page.mjs'
import { times } from '../report/table.mjs'
import { placesText } from './cores.mjs'
import { byCost, byRate, CONNECTIONS, loadInTurn, ratePanel, setUpTable } from './load.mjs'
import { startServer, verifyAnswer } from './child.mjs'

const SERVERS = [
  { name: 'gatewire', file: 'gatewire.mjs', options: { protocol: 'http', listen: '127.0.0.1:0' } },
  { name: 'node:http', file: 'node_http.mjs' }
]
const LOADS = [
  { name: 'one after the other', title: 'One request after the other', pipelined: 1, atLeast: 2.3 },
  { name: '16 pipelined', title: '16 pipelined', pipelined: 16, atLeast: 10 }
]
const COMPARISONS = [
  { title: 'requests/s against node:http', to: 'node:http', by: byRate },
  { title: 'CPU against node:http', to: 'node:http', by: byCost }
]
const THOROUGH = { rounds: 7, seconds: 2, warmSeconds: 3 }
const BRIEF = { rounds: 3, seconds: 2, warmSeconds: 2 }
const QUICK = { rounds: 1, seconds: 1, warmSeconds: 0 }

export default {
  title: 'HTTP server',
  peers: ['wrk'],
  async run ({ quick, brief }, progress) {
    const running = []
    try {
      const setUps = []
      for (const { name, file, options } of SERVERS) {
        const server = await startServer(file, options)
        running.push(server)
        const url = `http://${server.address}/`
        await verifyAnswer(url)
        setUps.push({ name, url, server: [server.pid] })
      }
      const effort = quick ? QUICK : brief ? BRIEF : THOROUGH
      const results = await loadInTurn(LOADS.map(({ pipelined }) => ({ pipelined, setUps })), effort, progress)
      const goals = LOADS.map(({ name, atLeast }, i) => goalOf(`gatewire against node:http, ${name}`, byRate(...results[i]), { atLeast }))
      return {
        goals,
        /** What README.md says of it. */
        readme: {
          place: /[\d.]+ times as many requests a second as node:http/,
          text: `${times(byRate(...results[0])).slice(0, -1)} times as many requests a second as node:http`
        },
        chart: {
          title: 'HTTP servers on one core, connections kept alive',
          note: chartNote('medians'),
          panels: LOADS.map((load, i) => ratePanel(load.title, results[i], name => name === 'gatewire'))
        },
        text: [
          machineLine(placesText('server', 'client'), `${CONNECTIONS} connections; rounds: ${effort.rounds}, ${effort.seconds} s each`),
          ...LOADS.flatMap(({ name }, i) => [`**Connections kept alive, ${name}**`, setUpTable(results[i], COMPARISONS)]),
          ...quick || brief ? [] : ['**Goals**, requests per second', goalBlock(goals)]
        ].join('\n\n')
      }
    } finally {
      for (const server of running) await server.stop()
    }
  }
}
