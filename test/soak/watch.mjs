// Loaded into a gatewire process before anything else (--import): once a second it writes down how late its event loop is, how much memory it has
// and what the server says of requests. Knows no server but by the channels it publishes on.
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** A timer of so many milliseconds is what delays are measured with, and they include it. */
const RESOLUTION = 10
const file = process.env.SOAK_WATCH

const counts = { request: 0, response: 0, refused: 0, cut: 0, failed: 0 }
subscribe('gatewire:request', () => { counts.request++ })
subscribe('gatewire:response', () => { counts.response++ })
subscribe('gatewire:refused', ({ request }) => { if (request !== undefined) counts.refused++ })
subscribe('gatewire:error', ({ cut }) => { counts[cut ? 'cut' : 'failed']++ })

const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()
setInterval(() => {
  const { rss, heapUsed, external } = process.memoryUsage()
  const [p99, longest] = [delay.percentile(99), delay.max].map(nanoseconds => Math.max(0, nanoseconds / 1e6 - RESOLUTION))
  appendFileSync(file, `${JSON.stringify({ at: performance.now() / 1000, rss, heapUsed, external, p99, longest, counts })}\n`)
}, 1000).unref()
