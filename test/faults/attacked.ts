// The `gatewire` command as users start it, to be attacked: over each transport, with as few descriptors as a test wants, and what Linux and
// its handler say of it meanwhile. Knows no attack.
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { openDescriptors, processorSeconds, residentBytes } from '../../bench/e2e/processes.mjs'
import { exchange, request } from '../http_peer.js'
import { type CommandSurroundings, startCommand } from '../interop/peers/gatewire.js'
import type { HttpPeer } from '../interop/peers/process.js'
import { TRANSPORTS, type TransportName } from '../transports.js'

export { TRANSPORTS, type TransportName }

/** How much of something: `npm run faults` wants all of it, and a run of the tests less. */
export function sized (bounded: number, full: number): number {
  return process.env['FAULTS'] === 'full' ? full : bounded
}

/** Figures for `npm run faults`, which prints them. */
export function record (fault: string, over: string, figures: Readonly<Record<string, number | string>>): void {
  const file = process.env['FAULTS_REPORT']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ fault, over, figures })}\n`)
}

/** What test/faults/app.mjs counts. */
export interface Counts {
  readonly request: number
  readonly response: number
  readonly refused: number
  readonly cut: number
  readonly heard: number
  readonly attack: number
}

export interface Attacked extends HttpPeer {
  /** Where it listens for uwsgi, if it does. */
  readonly uwsgiPort: number
  counts (): Promise<Counts>
  descriptors (): number
  residentBytes (): number
  processorSeconds (): number
}

export interface AttackedOptions extends CommandSurroundings {
  readonly transport: TransportName
  readonly args?: readonly string[]
}

async function attacked (command: 'serve' | 'proxy', { transport, args = [], files }: AttackedOptions, first: readonly string[]): Promise<Attacked> {
  const peer = await startCommand(command, [...first, ...args], { env: { ...process.env, GATEWIRE_TRANSPORT: transport }, ...(files !== undefined && { files }) })
  onTestFinished(() => peer.stop())
  return Object.assign(peer, {
    uwsgiPort: Number(/^gatewire: uwsgi on \S+:(\d+)$/m.exec(peer.log())?.[1]),
    counts: async () => JSON.parse((await exchange(peer.port, request('/counts', ['Connection: close'])))[0]!.body) as Counts,
    descriptors: () => openDescriptors(peer.pid),
    residentBytes: () => residentBytes(peer.pid),
    processorSeconds: () => processorSeconds([peer.pid])
  })
}

/** `gatewire serve` with app.mjs over HTTP and uwsgi, until the end of the test. */
export function attackedServe (options: AttackedOptions): Promise<Attacked> {
  return attacked('serve', options, [fileURLToPath(new URL('app.mjs', import.meta.url)), '--uwsgi', '0'])
}

/** `gatewire proxy` to an address, until the end of the test. */
export function attackedProxy (to: string, options: AttackedOptions): Promise<Attacked> {
  return attacked('proxy', options, ['--to', to])
}

/** Waits for something to be as it should; fails with what it is instead. Generous: machines are busy. */
export async function eventually<T> (look: () => T | Promise<T>, isRight: (seen: T) => boolean, what: string): Promise<T> {
  for (const deadline = Date.now() + 30_000; ;) {
    const seen = await look()
    if (isRight(seen)) return seen
    if (Date.now() > deadline) throw new Error(`${what}, but it is ${JSON.stringify(seen)}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
