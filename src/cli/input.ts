// Reads what a command is given to look at: a file, or standard input. Knows no protocol.
import { readdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { Complaint } from './complaint.js'
import { didYouMean } from './nearest.js'
import { printable } from './printable.js'

/** Most bytes that are looked at: of larger files these are read, and a stream may not be longer. */
export const MAX_INPUT_BYTES: number = 4 * 1024 * 1024

export interface Input {
  /** The first bytes, at most MAX_INPUT_BYTES. */
  readonly bytes: Uint8Array
  /** How many there are in all. */
  readonly total: number
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it; sudo, or its owner, can help',
  EPERM: 'you may not read it; sudo, or its owner, can help',
  EISDIR: 'it is a folder; name a file in it',
  ENOTDIR: 'part of the path is not a folder',
  ELOOP: 'there are too many symbolic links in the path',
  ENAMETOOLONG: 'the name is too long'
}

function absent (file: string): string {
  const { dir, base } = path.parse(file)
  try {
    return `there is no such file${didYouMean(base, readdirSync(dir || '.'))}`
  } catch {
    return `there is no folder ${dir}`
  }
}

/** Input that cannot be read is a wrong command line, in words for the user. */
function unreadable (name: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) throw error
  const reason = code === 'ENOENT' ? absent(name) : REASONS[code] ?? `reading failed (${code})`
  throw new Complaint(2, printable(`cannot read ${name}: ${reason}`))
}

/** All of a stream. Complaint when it is longer than MAX_INPUT_BYTES, for then its end may never come. */
export async function readStream (stream: Readable, name: string): Promise<Input> {
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    for await (const chunk of stream) {
      total += chunk.length
      if (total > MAX_INPUT_BYTES) throw new Complaint(2, printable(`cannot read ${name}: there are more than 4 MiB; cut it, as with head -c 4M`))
      chunks.push(chunk)
    }
  } catch (error) {
    unreadable(name, error)
  }
  return { bytes: Buffer.concat(chunks), total }
}

async function readStart (file: FileHandle, size: number): Promise<Input> {
  const bytes = Buffer.alloc(Math.min(size, MAX_INPUT_BYTES))
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  // A file that was cut while it was read is as long as what was read.
  return { bytes: bytes.subarray(0, length), total: length < bytes.length ? length : size }
}

/** The beginning of a file; a pipe or device is read as a stream. Complaint says why it cannot be read. */
export async function readFile (name: string): Promise<Input> {
  let file: FileHandle | undefined
  try {
    file = await open(name)
    const stat = await file.stat()
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    if (!stat.isFile()) return await readStream(file.createReadStream({ autoClose: false }), name)
    return await readStart(file, stat.size)
  } catch (error) {
    return unreadable(name, error)
  } finally {
    await file?.close()
  }
}
