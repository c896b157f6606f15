// The handler of the HTTP front end: a request goes to a uwsgi server, its answer comes back, both as they come. Knows neither socket:
// server and client of this package have them.
import { parseAddress } from '../client/address.js'
import { request as call, type RequestContent, type RequestOptions } from '../client/index.js'
import type { Environ } from '../index.js'
import type { Handler, ServerRequest, ServerResponse } from '../server/index.js'
import { CONTENT_TOO_LARGE, type Failure, failureOf } from './failures.js'
import { forwardedFields } from './forwarded.js'
import { endToEndFields, hopByHopVariables } from './hop_by_hop.js'
import { gather, WatchedContent } from './request_content.js'

export interface ForwardOptions {
  /** 'uwsgi://host:port' or 'unix:/path'. */
  readonly to: string
  /** Milliseconds without progress, as of the client's `request`. */
  readonly timeout: number
  /** Most bytes of chunked content. They are held in memory, for a packet has to say how many there are. */
  readonly maxBuffered: number
  /** Packet type, 0 to 255. */
  readonly modifier1: number
  /** Whether what this peer says about the client counts. '' is a peer on a unix socket. */
  readonly isTrusted: (address: string) => boolean
  /** Told why a request has no answer of the application. */
  readonly onFailure: (request: ServerRequest, failure: Failure) => void
}

/** Time for a connection, as the client has it, where that for an answer is not shorter. */
const CONNECT_TIMEOUT = 10_000

const REASONS: Readonly<Record<Failure['status'], string>> = {
  408: 'Request Timeout', 413: 'Content Too Large', 431: 'Request Header Fields Too Large', 502: 'Bad Gateway', 504: 'Gateway Timeout'
}

/** What differs between the variables of a request and those that the application gets. */
export function changesOf (environ: Environ, isTrusted: (address: string) => boolean): Record<string, string | undefined> {
  return {
    ...hopByHopVariables(environ),
    ...forwardedFields(environ, isTrusted(environ['REMOTE_ADDR'] ?? '')),
    RAW_URI: undefined // REQUEST_URI has it, and uWSGI takes 4096 bytes in all unless it is told otherwise
  }
}

/**
 * A handler for HTTP requests. RangeError `ERR_INVALID_ADDRESS` at once for a bad address. The handler rejects only with what the server
 * knows: the peer's going, or what is wrong with the request's content.
 */
export function forward ({ to, timeout, maxBuffered, modifier1, isTrusted, onFailure }: ForwardOptions): Handler {
  parseAddress(to)
  const connectTimeout = Math.min(timeout, CONNECT_TIMEOUT)

  function failed (request: ServerRequest, failure: Failure): ServerResponse {
    onFailure(request, failure)
    return { status: failure.status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${REASONS[failure.status]}\n` }
  }

  return async request => {
    const { head, signal } = request
    const set = changesOf(request.environ, isTrusted)
    let content: RequestContent | undefined
    let watched: WatchedContent | undefined
    if (head.framing.kind === 'chunked') {
      const gathered = await gather(request.content, maxBuffered)
      if (gathered === undefined) return failed(request, CONTENT_TOO_LARGE)
      content = gathered
      set['CONTENT_LENGTH'] = String(gathered.length)
    } else if (head.framing.kind === 'length') {
      content = watched = new WatchedContent(request.content)
    }
    const options: RequestOptions = { vars: head, set, content, signal, timeout, connectTimeout, modifier1 }
    try {
      const answer = await call(to, options)
      const { status, reason } = answer
      const empty = head.get('REQUEST_METHOD') === 'HEAD' || status === 204 || status === 304
      return {
        status: reason === '' ? status : `${status} ${reason}`,
        headers: endToEndFields(answer.headers),
        body: empty ? undefined : answer.content
      }
    } catch (error) {
      const failure = failureOf(error, watched?.awaited === true)
      if (failure === undefined) throw error
      return failed(request, failure)
    }
  }
}
