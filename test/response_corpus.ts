// The cases of corpus/responses: one answer of a uwsgi server each, hand-written or recorded, and what it means.
import { readdirSync, readFileSync } from 'node:fs'

/** A response as it is expected. Framing is the length of the content, or how it ends. */
export interface Expected {
  status: number
  reason: string
  headers: Array<[name: string, value: string]>
  framing: 'none' | 'close' | number
  content: string
}

/** A refusal, and what comes before it. */
export interface ExpectedRefusal {
  error: string
  offset: number
  before?: Expected
}

export interface ResponseCase {
  name: string
  /** The row of the table in docs/uwsgi-support.md, in a few words. */
  row: string
  /** Method of the request. */
  method?: string
  bytes: Buffer
  expect: Expected | ExpectedRefusal
}

const folder = new URL('corpus/responses/', import.meta.url)

export const responseCases: ResponseCase[] = readdirSync(folder).filter(name => name.endsWith('.json')).map(name => {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const { bytes, file, ...rest } = JSON.parse(text) as Omit<ResponseCase, 'bytes'> & { bytes: string, file?: string }
  const answer = file === undefined ? Buffer.from(bytes, 'latin1') : readFileSync(new URL(file, folder))
  return { ...rest, name: name.slice(0, -5), bytes: answer }
})
