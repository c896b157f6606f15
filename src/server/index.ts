// gatewire/server: handlers behind a uwsgi front end. Built on the public codec only.
export { createServer, type ListenOptions, type Server } from './server.js'
export type { ListenAddress } from './address.js'
export { ServerError, type ServerErrorCode } from './errors.js'
export type { ErrorMessage, RefusedMessage, RequestMessage, ResponseMessage } from './events.js'
export type { Handler } from './exchange.js'
export type { ServerOptions } from './options.js'
export type { ServerRequest } from './request.js'
export type { ResponseBody, ServerResponse } from './response.js'
