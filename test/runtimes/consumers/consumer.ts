// An application in TypeScript that uses everything that the package exports, each with the types that it says it has. It is compiled as ES module
// and as CommonJS, and not run; types.test.ts looks that nothing is left out.
import {
  type ConnectionFacts, type DecodeOptions, type DecoderEvent, decodeHttp, decodeUwsgi, decodeUwsgiArray, type DuplicatePolicy,
  type EncodeOptions, encodeResponseHead, encodeUwsgi, engine, engineError, type Environ, type Framing, kernel, type Limits,
  ProtocolError, type ProtocolErrorCode, RequestDecoder, type RequestDecoderOptions, type RequestHead, requestModifiers, ResponseDecoder,
  type ResponseDecoderOptions, type ResponseEvent, type ResponseFraming, type ResponseHead, type ResponseHeaders, type TranscodedRequest,
  transcodeHttpToUwsgi, type TranscodeOptions, type UnderscorePolicy, type UsageErrorCode, type UwsgiArray, type Vars, wsgiEnviron,
  type WsgiServer
} from 'gatewire'
import {
  ClientError, type ClientErrorCode, type ClientResponse, type ClientUsageErrorCode, type ContentPiece, request, type RequestContent, type RequestOptions
} from 'gatewire/client'
import {
  createServer, type ErrorMessage, type Handler, type HttpServerOptions, type ListenAddress, type ListenOptions, type RefusedMessage, type RequestMessage,
  type ResponseBody, type ResponseMessage, type Server, ServerError, type ServerErrorCode, type ServerOptions, type ServerRequest, type ServerResponse,
  type UwsgiServerOptions
} from 'gatewire/server'

export const running: [engine: 'native' | 'wasm', error: Error | undefined, kernel: string] = [engine, engineError, kernel]

// --- the codec ----------------------------------------------------------------------------------------------------------------------

const limits: Partial<Limits> = { maxVars: 100 }
const connection: ConnectionFacts = { remoteAddress: '192.0.2.7', scheme: 'https' }
const duplicates: DuplicatePolicy = 'refuse'
const underscores: UnderscorePolicy = 'drop'
export const decoding: DecodeOptions = { limits, connection, duplicates, underscores, mount: '/app' }
export const encoding: EncodeOptions = { modifier1: 0, modifier2: 0, set: { HTTPS: 'on', REMOTE_USER: undefined } }
export const both: TranscodeOptions = { ...decoding, ...encoding }

export function lengthOf (framing: Framing): number | undefined {
  return framing.kind === 'length' ? framing.length : framing.kind === 'none' ? 0 : undefined
}

export function facts (bytes: Uint8Array): [path: string | undefined, length: number | undefined, environ: Environ] | null {
  const head: RequestHead | null = decodeHttp(bytes, decoding) ?? decodeUwsgi(bytes, { limits, duplicates })
  return head && [head.detach().get('PATH_INFO'), lengthOf(head.framing), head.environ]
}

export function packets (vars: Vars, bytes: Uint8Array): Uint8Array[] {
  const array: UwsgiArray | null = decodeUwsgiArray(bytes, { limits })
  const transcoded: TranscodedRequest | null = transcodeHttpToUwsgi(bytes, both)
  return [encodeUwsgi(vars, encoding), ...array?.items ?? [], ...transcoded ? [transcoded.packet] : []]
}

export function trailersOf (chunks: Iterable<Uint8Array>, options: RequestDecoderOptions): Array<[string, string]> {
  const decoder = new RequestDecoder(options)
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let event: DecoderEvent | null = decoder.next(); event !== null; event = decoder.next()) {
      if (event.type === 'end') return event.trailers
    }
  }
  decoder.end()
  return []
}

export class Answers extends ResponseDecoder {
  readonly heads: ResponseHead[] = []

  constructor (options: ResponseDecoderOptions = { method: 'GET' }) {
    super(options)
  }

  take (bytes: Uint8Array): ResponseFraming['kind'] | undefined {
    this.push(bytes)
    const event: ResponseEvent | null = this.next()
    if (event?.type !== 'head') return undefined
    this.heads.push(event.head)
    return event.head.framing.kind
  }
}

export function answer (error: unknown): Buffer | ProtocolErrorCode {
  const headers: ResponseHeaders = { Connection: 'close', Vary: ['Cookie', 'Accept'] }
  if (!(error instanceof ProtocolError)) return encodeResponseHead('500 Oops', headers)
  const { code, status, offset }: ProtocolError = error
  return offset > 0 ? code : encodeResponseHead(status, [['Connection', 'close']])
}

export function forWsgi (head: RequestHead, server: WsgiServer): Record<string, unknown> {
  return wsgiEnviron(head, { multithread: false, ...server })
}

export const asked: boolean = requestModifiers.has(0)
export const mistake: UsageErrorCode = 'ERR_NOT_LATIN1'

// --- server and client --------------------------------------------------------------------------------------------------------------

async function * body (request: ServerRequest): AsyncGenerator<Uint8Array> {
  for await (const piece of request.content) yield piece
}

const handler: Handler = async (request): Promise<ServerResponse> => {
  const given: ResponseBody = request.get('REQUEST_METHOD') === 'POST' ? body(request) : request.environ['PATH_INFO'] ?? ''
  return { status: request.signal.aborted ? 503 : 200, headers: { 'Content-Type': 'text/plain' }, body: given }
}
const uwsgi: UwsgiServerOptions = { protocol: 'uwsgi', allow: ['127.0.0.1'], duplicates }
const http: HttpServerOptions = { protocol: 'http', mount: '/app', keepAliveTimeout: 5000 }

export async function serve (address: ListenAddress, options: ListenOptions): Promise<void> {
  const servers: Server[] = [uwsgi, http].map((options: ServerOptions) => createServer(options, handler))
  for (const server of servers) await server.listen(address, options)
  await Promise.all(servers.map(server => server.close()))
}

export function told (message: RequestMessage | ResponseMessage | RefusedMessage | ErrorMessage): ServerErrorCode | number | undefined {
  if ('error' in message && message.error instanceof ServerError) return message.error.code
  return 'contentBytes' in message ? message.status : undefined
}

export async function call (vars: Vars, pieces: ContentPiece[]): Promise<string | ClientErrorCode | ClientUsageErrorCode> {
  const content: RequestContent = pieces
  const options: RequestOptions = { vars, content, signal: AbortSignal.timeout(1000) }
  try {
    const response: ClientResponse = await request('uwsgi://127.0.0.1:3031', options)
    return `${response.status} ${await response.text()}`
  } catch (error) {
    if (error instanceof ClientError) return error.code
    return 'ERR_INVALID_OPTION'
  }
}
