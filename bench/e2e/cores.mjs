// Which core does what, so that nothing shares a core with the server that is measured. One core for wrk, not more: its threads would sleep
// between responses, and the servers would be measured by how long the system takes to wake them. Knows neither servers nor loads.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The cores that this process may use, by their numbers. */
function allowedCores () {
  const [, list] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  return list.split(',').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

const cores = allowedCores()
const canPin = cores.length > 1 && spawnSync('taskset', ['-V']).error === undefined
const between = cores.slice(1, -1)

/** The last core for the server, the first one for the client, those between for nginx. With two cores nginx shares that of the client. */
const CORES = { server: cores.slice(-1), client: cores.slice(0, 1), nginx: between.length > 0 ? between : cores.slice(0, 1) }

/** For a report. */
export function placesText (...places) {
  if (!canPin) return 'not pinned to cores'
  return places.map(place => `${place} on core${CORES[place].length > 1 ? 's' : ''} ${CORES[place].join(', ')}`).join('; ')
}

/** What a command begins with that is to run in a place; all its threads and children stay there. */
export const startedAt = place => canPin ? ['taskset', '-c', CORES[place].join()] : []

/** Moves processes that run, with all their threads. */
export function move (pids, place) {
  if (canPin) for (const pid of pids) spawnSync('taskset', ['-a', '-p', '-c', CORES[place].join(), String(pid)])
}
