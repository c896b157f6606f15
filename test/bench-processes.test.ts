// What the benchmark of servers reads of processes: families, processor time and memory, against processes that do something known.
import { spawn } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'

interface Processes {
  familyOf: (pid: number) => number[]
  processorSeconds: (pids: number[]) => number
  residentBytes: (pid: number) => number
}
const { familyOf, processorSeconds, residentBytes } = await import(new URL('../bench/e2e/processes.mjs', import.meta.url).href) as Processes

/** A process that says what it prints first, and is ended after the test. */
async function started (script: string): Promise<{ pid: number, said: string }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => { child.kill('SIGKILL') })
  const [said] = await child.stdout.setEncoding('utf8').take(1).toArray() as [string]
  return { pid: child.pid!, said }
}

describe.runIf(process.platform === 'linux')('a process under measurement', () => {
  it('has its children and theirs in its family, and nobody else', async () => {
    // Each says its own number and those of its children, and ends when its standard input does.
    const life = 'process.stdin.resume().on("end", () => process.exit());'
    const nested = (depth: number): string => depth === 0
      ? `${life} console.log(process.pid)`
      : `${life} const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(nested(depth - 1))}], { stdio: ['pipe', 'pipe', 2] })
         child.stdout.once('data', said => console.log(process.pid + ' ' + String(said).trim()))`
    const { pid, said } = await started(nested(2))
    const numbers = said.trim().split(' ').map(Number)
    expect(numbers).toHaveLength(3)
    expect(familyOf(pid)).toEqual(numbers)
    expect(familyOf(process.pid)).toEqual(expect.arrayContaining([process.pid, ...numbers]))
  })

  it('has used the time that it computed, with all its threads', async () => {
    const compute = 'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);'
    const thread = `new (require('worker_threads').Worker)(${JSON.stringify(`${compute} setInterval(() => {}, 1e6); require('worker_threads').parentPort.postMessage(0)`)}, { eval: true })`
    const { pid } = await started(`${thread}.once('message', () => console.log(process.cpuUsage().user))`)
    const seconds = processorSeconds([pid])
    expect(seconds).toBeGreaterThanOrEqual(0.3)
    expect(processorSeconds([pid, pid])).toBeGreaterThanOrEqual(2 * seconds)
  })

  it('has the memory that it fills', async () => {
    const { pid, said } = await started('globalThis.kept = Buffer.alloc(64 << 20, 1); console.log(process.memoryUsage.rss()); setInterval(() => {}, 1e6)')
    expect(residentBytes(pid)).toBeGreaterThan(64 << 20)
    expect(Math.abs(residentBytes(pid) / Number(said) - 1)).toBeLessThan(0.2)
  })
})
