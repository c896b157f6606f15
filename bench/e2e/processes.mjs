// What Linux says of processes in /proc: their families, their time and their memory. Knows nothing of what they do.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** State, parent, times and more: what follows the name, which may hold anything, in /proc/PID/stat. */
function statOf (pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function parentOf (pid) {
  try {
    return Number(statOf(pid)[1])
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined // it has ended meanwhile
    throw error
  }
}

/** A process, all that it has started, and all that these have. */
export function familyOf (pid) {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)
  const parents = new Map(all.map(each => [each, parentOf(each)]))
  const members = parent => [parent, ...all.filter(each => parents.get(each) === parent).flatMap(members)]
  return members(pid)
}

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout)

/** Seconds of processor time that processes have used so far: all their threads, in user and system mode. */
export function processorSeconds (pids) {
  return pids.reduce((sum, pid) => {
    const fields = statOf(pid)
    return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }, 0)
}

/** Bytes of memory that a process has in RAM (VmRSS). */
export function residentBytes (pid) {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1])
}

/** How many descriptors a process has open. */
export function openDescriptors (pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}
