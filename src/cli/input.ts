// Reads what a command is given to look at: a file, or standard input. Knows no protocol.
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'

/** Most bytes that are looked at: of larger files these are read, and a stream may not be longer. */
export const MAX_INPUT_BYTES: number = 4 * 1024 * 1024

export interface Input {
  /** The first bytes, at most MAX_INPUT_BYTES. */
  readonly bytes: Uint8Array
  /** How many there are in all. */
  readonly total: number
}

/** Input that cannot be read, in words for the user. */
export class InputError extends Error {}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ELOOP: 'there are too many symbolic links in the path',
  ENAMETOOLONG: 'the name is too long'
}

function unreadable (error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof InputError || code === undefined) throw error
  throw new InputError(REASONS[code] ?? `reading failed (${code})`)
}

/** All of a stream. InputError when it is longer than MAX_INPUT_BYTES, for then its end may never come. */
export async function readStream (stream: Readable): Promise<Input> {
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    for await (const chunk of stream) {
      total += chunk.length
      if (total > MAX_INPUT_BYTES) throw new InputError('there are more than 4 MiB; cut it, as with head -c 4M')
      chunks.push(chunk)
    }
  } catch (error) {
    unreadable(error)
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

/** The beginning of a file; a pipe or device is read as a stream. InputError says why it cannot be read. */
export async function readFile (path: string): Promise<Input> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const stat = await file.stat()
    if (stat.isDirectory()) throw new InputError(REASONS.EISDIR)
    if (!stat.isFile()) return await readStream(file.createReadStream({ autoClose: false }))
    return await readStart(file, stat.size)
  } catch (error) {
    return unreadable(error)
  } finally {
    await file?.close()
  }
}
