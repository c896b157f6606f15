/**
 * Handlers behind a uwsgi front end, or over HTTP/1.x: {@link createServer}. Built on the public codec only.
 * @module gatewire/server
 */
export { createServer, type ListenOptions, type Server } from './server.js'
export type { ListenAddress } from './address.js'
export { ServerError, type ServerErrorCode } from './errors.js'
export type { ErrorMessage, RefusedMessage, RequestMessage, ResponseMessage } from './events.js'
export type { Handler } from './exchange.js'
export type { HttpServerOptions, ServerOptions, UwsgiServerOptions } from './options.js'
export type { ServerRequest } from './request.js'
export type { ServerResponse } from './response.js'
export type { ResponseBody } from './response_body.js'
