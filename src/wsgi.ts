// The environ as PEP 3333 wants it: the variables of a head and the wsgi.* keys of the server.
import type { Environ } from './environ.js'
import { typeError } from './errors.js'
import { Head, type RequestHead } from './head.js'

/** What the server adds to an environ. */
export interface WsgiServer {
  /** `wsgi.input`: where the application reads the content. */
  input: unknown
  /** `wsgi.errors`: where it writes messages. */
  errors: unknown
  /** Whether another thread may call the application at the same time. Default false. */
  multithread?: boolean
  /** Whether another process may do so. Default false. */
  multiprocess?: boolean
  /** Whether the application is called once in the life of its process. Default false. */
  runOnce?: boolean
}

function scheme (environ: Environ): 'http' | 'https' {
  const https = environ['HTTPS']?.toLowerCase()
  return https === 'on' || https === '1' || environ['REQUEST_SCHEME']?.toLowerCase() === 'https' ? 'https' : 'http'
}

/**
 * An environ for a WSGI application (PEP 3333, "environ Variables"): a fresh object each call.
 *
 * `wsgi.url_scheme` follows HTTPS and REQUEST_SCHEME, never X-Forwarded-Proto, which any client can send. SCRIPT_NAME is '' when the
 * front end sends none. HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH, which PEP 3333 knows without HTTP_, are left out; so are
 * HTTP_TRANSFER_ENCODING when the content is not chunked any more, and every `wsgi.*` variable of the peer.
 */
export function wsgiEnviron (head: RequestHead, wsgi: WsgiServer): Record<string, unknown> {
  if (!(head instanceof Head)) throw typeError('ERR_INVALID_ARG_TYPE', 'head has to be a RequestHead of this package')
  if (typeof wsgi !== 'object' || wsgi === null) throw typeError('ERR_INVALID_ARG_TYPE', 'wsgi has to be an object')
  const environ = head.build() as Record<string, unknown> & Environ
  environ['SCRIPT_NAME'] ??= ''
  for (const key in environ) if (key.startsWith('wsgi.')) delete environ[key]
  delete environ['HTTP_CONTENT_TYPE']
  delete environ['HTTP_CONTENT_LENGTH']
  if (head.framing.kind !== 'chunked') delete environ['HTTP_TRANSFER_ENCODING']
  return Object.assign(environ, {
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': scheme(environ),
    'wsgi.input': wsgi.input,
    'wsgi.errors': wsgi.errors,
    'wsgi.multithread': wsgi.multithread ?? false,
    'wsgi.multiprocess': wsgi.multiprocess ?? false,
    'wsgi.run_once': wsgi.runOnce ?? false,
    'wsgi.input_terminated': true
  })
}
