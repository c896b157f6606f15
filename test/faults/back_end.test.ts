// `gatewire proxy` before uwsgi servers that die, fall silent and reload: clients never take a part of an answer for all of it, and whoever
// can be answered is.
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../front_end.js'
import { Client, request, responsesOf } from '../http_peer.js'
import { describeWithPeers } from '../interop/peers/availability.js'
import { startUwsgi } from '../interop/peers/uwsgi.js'
import { attackedProxy, eventually, record, sized, TRANSPORTS } from './attacked.js'
import { SIZE, startFailingBackEnd } from './failing_back_end.js'
import { startLoad, tally } from './load.js'

/** What a client gets. `cut`: less than announced, no last chunk, or a reset where only the end of the connection ends the body. */
const OUTCOMES: Readonly<Record<string, number | 'cut'>> = {
  'good': 200,
  'ends-before-answer': 502,
  'resets-before-answer': 502,
  'ends-in-head': 502,
  'resets-in-head': 502,
  'is-no-http': 502,
  'ends-behind-head': 'cut',
  'ends-in-body': 'cut',
  'resets-in-body': 'cut',
  'resets-unsized': 'cut',
  'never-answers': 504,
  'never-reads': 504,
  'stalls-in-head': 504,
  'stalls-in-body': 'cut'
}

describe.runIf(process.platform === 'linux').each(TRANSPORTS)('over %s', transport => {
  test('back ends that die or fall silent', async () => {
    const back = await startFailingBackEnd()
    const front = await attackedProxy(`uwsgi://127.0.0.1:${back.port}`, { transport, args: ['--timeout', '1'] })
    const before = front.descriptors()
    const times = sized(3, 50)
    const fates = new Map<string, number>()
    const ask = async (way: string, version: string, content: string | undefined): Promise<void> => {
      // The path ends where the next variable begins; a dot says where the way does.
      const client = new Client(front.port).send(request(`${content === undefined ? 'GET' : 'POST'} /${way}. HTTP/${version}`, ['Connection: close'], content))
      const received = await client.response()
      const [response] = responsesOf(received)
      const wanted = OUTCOMES[way]!
      const sized = response?.fields.has('content-length') === true || response?.fields.has('transfer-encoding') === true
      const whole = response !== undefined && response.complete && (sized || client.ending === 'end')
      expect([way, version, response?.status, whole]).toEqual([way, version, wanted === 'cut' ? 200 : wanted, wanted !== 'cut'])
      if (way === 'good') expect(response!.body.length).toBe(SIZE)
      fates.set(String(wanted), (fates.get(String(wanted)) ?? 0) + 1)
    }
    for (let i = 0; i < times; i++) {
      await Promise.all(Object.keys(OUTCOMES).flatMap(way => [
        ask(way, '1.1', undefined), ask(way, '1.0', undefined), ask(way, '1.1', way === 'never-reads' ? 'x'.repeat(10_000_000) : 'some content')
      ]))
    }
    const after = await eventually(() => front.descriptors(), count => count <= before, 'all connections should be closed')
    await eventually(() => back.open(), count => count === 0, 'those to the back end too')
    record('back ends that die or fall silent', transport, { ways: Object.keys(OUTCOMES).length, ...Object.fromEntries([...fates].map(([fate, count]) => [fate === 'cut' ? 'cut, and seen to be' : `answered ${fate}`, count])), 'descriptors before': before, 'descriptors after': after })
  })
})

describeWithPeers('uwsgi', 'uWSGI', () => {
  test.each(TRANSPORTS)('reloaded under load, over %s', async transport => {
    const uwsgi = await startUwsgi({ listen: 'unix', app: 'environ', options: ['--master', '--no-orphans', '--disable-logging', '--processes', '2', '--threads', '1', '--worker-reload-mercy', '5'] })
    onTestFinished(() => uwsgi.stop())
    const front = await attackedProxy('path' in uwsgi.address ? `unix:${uwsgi.address.path}` : '', { transport })
    const load = startLoad({ port: front.port, clients: 8, request: request('POST /x HTTP/1.1', [], 'content') })
    const reloads = sized(2, 20)
    for (let reload = 0; reload < reloads; reload++) {
      const answered = load.answered()
      await until(() => load.answered() > answered + 200)
      const spawned = uwsgi.log().split('spawned uWSGI worker').length
      process.kill(uwsgi.pid, 'SIGHUP')
      await until(() => uwsgi.log().split('spawned uWSGI worker').length > spawned + 1)
    }
    const answered = load.answered()
    await until(() => load.answered() > answered + 200)
    const { 200: good = 0, 502: failed = 0, ...odd } = tally(await load.stop())
    // A worker that does not end in time is killed by uWSGI (worker-reload-mercy), and with it what it has begun. Nothing else is not answered.
    const killed = uwsgi.log().split('NO MERCY').length - 1
    expect(odd).toEqual({})
    expect(failed).toBeLessThanOrEqual(8 * killed)
    record('uWSGI reloaded under load', transport, { reloads, 'answered 200': good, 'answered 502': failed, 'workers that uWSGI had to kill': killed, lost: 0 })
  })
})
