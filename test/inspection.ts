// Running `gatewire inspect` inside a test: input and arguments in, text and exit code out. Knows the command's streams, not its output.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { inspect } from '../src/cli/inspect.js'

export const captures: string = fileURLToPath(new URL('corpus/captures/', import.meta.url))
export const decoded: Record<string, any> = JSON.parse(readFileSync(path.join(captures, 'decoded.json'), 'utf8'))

class Sink extends Writable {
  text = ''
  columns: number | undefined

  override _write (chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export async function run (argv: string[], input: Uint8Array | Readable = Buffer.alloc(0), columns?: number) {
  const stdin = input instanceof Readable ? input : Readable.from([input])
  const stdout = Object.assign(new Sink(), { columns })
  const stderr = new Sink()
  const code = await inspect(argv, { stdin, stdout: stdout as Writable & { columns?: number }, stderr })
  return { code, out: stdout.text, err: stderr.text }
}

export async function facts (input: Uint8Array, ...options: string[]) {
  const { code, out } = await run(['--json', ...options], input)
  return { code, ...JSON.parse(out) }
}

export function latin1 (bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1')
}

/** Bytes of a vars block with nothing checked: pairs as given, lengths included. */
export function block (...parts: Array<string | number[]>): Buffer {
  return Buffer.concat(parts.map(part => typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))
}

export function packet (payload: Uint8Array, modifier1 = 0, modifier2 = 0): Buffer {
  return Buffer.concat([Buffer.from([modifier1, payload.length & 0xFF, payload.length >> 8, modifier2]), payload])
}
