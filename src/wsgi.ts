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

/** '' or a path: what begins with no slash gets one, and `*` of OPTIONS is no path (RFC 3875 section 4.1.5). */
function pathOf (value: string | undefined): string {
  if (value === undefined || value === '' || value === '*') return ''
  return value.startsWith('/') ? value : `/${value}`
}

/** What PEP 3333 requires and front ends may leave out, or write in a way that it rules out. */
function complete (environ: Environ, urlScheme: 'http' | 'https'): void {
  const path = pathOf(environ['PATH_INFO'])
  const mount = pathOf(environ['SCRIPT_NAME'])
  // A mount point of '/' is none: the slash belongs to the path.
  environ['SCRIPT_NAME'] = mount === '/' ? '' : mount
  environ['PATH_INFO'] = mount === '/' && path === '' ? '/' : path
  environ['QUERY_STRING'] ??= ''
  environ['SERVER_NAME'] ||= 'localhost'
  environ['SERVER_PORT'] ||= urlScheme === 'https' ? '443' : '80'
}

/**
 * An environ for a WSGI application (PEP 3333, "environ Variables"): a fresh object each call.
 *
 * `wsgi.url_scheme` follows HTTPS and REQUEST_SCHEME, never X-Forwarded-Proto, which any client can send. What PEP 3333 requires is there
 * even if the front end sent none: SCRIPT_NAME, PATH_INFO and QUERY_STRING '', SERVER_NAME 'localhost', SERVER_PORT '80' or '443' by the
 * scheme; the last two also in place of an empty value. A SCRIPT_NAME of '/' is '', a PATH_INFO of '*' is '', and any other of the two
 * that begins with no slash gets one. HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH, which PEP 3333 knows without HTTP_, are left out; so are
 * HTTP_TRANSFER_ENCODING when the content is not chunked any more, and every `wsgi.*` variable of the peer.
 *
 * REQUEST_METHOD is the one key that cannot be made up: a packet without it gives an environ without it. The server of this package
 * refuses such a request. Throws TypeError when `head` is no head of this package, or `wsgi` no object.
 */
export function wsgiEnviron (head: RequestHead, wsgi: WsgiServer): Record<string, unknown> {
  if (!(head instanceof Head)) throw typeError('ERR_INVALID_ARG_TYPE', 'head has to be a RequestHead of this package')
  if (typeof wsgi !== 'object' || wsgi === null) throw typeError('ERR_INVALID_ARG_TYPE', 'wsgi has to be an object')
  const environ = head.build() as Record<string, unknown> & Environ
  const urlScheme = scheme(environ)
  complete(environ, urlScheme)
  for (const key in environ) if (key.startsWith('wsgi.')) delete environ[key]
  delete environ['HTTP_CONTENT_TYPE']
  delete environ['HTTP_CONTENT_LENGTH']
  if (head.framing.kind !== 'chunked') delete environ['HTTP_TRANSFER_ENCODING']
  return Object.assign(environ, {
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': urlScheme,
    'wsgi.input': wsgi.input,
    'wsgi.errors': wsgi.errors,
    'wsgi.multithread': wsgi.multithread ?? false,
    'wsgi.multiprocess': wsgi.multiprocess ?? false,
    'wsgi.run_once': wsgi.runOnce ?? false,
    'wsgi.input_terminated': true
  })
}
