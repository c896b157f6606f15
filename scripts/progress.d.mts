// Types of progress.mjs, for its tests.
import type { Writable } from 'node:stream'

export function duration (seconds: number): string
export function grouped (number: number): string
export function rateOf (count: number, seconds: number, unit: string): string

export interface Told {
  readonly done?: number
  readonly total?: number
  readonly unit?: string
  readonly rate?: string
  readonly left?: number
  readonly detail?: string
}

export class Progress {
  constructor (options?: { stream?: Writable & { isTTY?: boolean, columns?: number }, intervals?: { redraw?: number, tick?: number, plain?: number } })
  get seconds (): number
  get elapsed (): string
  show (step: string, told?: Told): void
  print (line: string): void
  clear (): void
}
