// Which core does what, so that nothing shares a core with the server that is measured. One core for wrk, not more: its threads would sleep
// between responses, and the servers would be measured by how long the system takes to wake them. Knows neither servers nor loads.
import { spawnSync } from 'node:child_process'
import os from 'node:os'

const cores = os.availableParallelism()
const canPin = cores > 1 && spawnSync('taskset', ['-V']).error === undefined

/** The last core for the server, the first one for the client, those between for a front end. With few cores the front end shares. */
export const CORES = {
  server: String(cores - 1),
  client: '0',
  nginx: cores > 3 ? `1-${cores - 2}` : cores > 2 ? '1' : '0'
}

/** For a report. */
export function placesText (...places) {
  return canPin ? places.map(place => `${place} on ${/-/.test(CORES[place]) ? 'cores' : 'core'} ${CORES[place]}`).join(', ') : 'not pinned to cores'
}

/** What a command begins with that is to run in a place; all its threads and children stay there. */
export const startedAt = place => canPin ? ['taskset', '-c', CORES[place]] : []

/** Moves processes that run, with all their threads. */
export function move (pids, place) {
  if (canPin) for (const pid of pids) spawnSync('taskset', ['-a', '-p', '-c', CORES[place], String(pid)])
}
