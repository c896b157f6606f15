// nginx in front of a gatewire server.
import { describeWithPeers } from './peers/availability.js'
import type { FrontEnd } from './front_end.js'
import { cutCases, failureCases, restartCases } from './front_end_failures.js'
import { requestCases } from './front_end_requests.js'
import { responseCases } from './front_end_responses.js'
import { startNginx } from './peers/nginx.js'
import { expect } from 'vitest'

const nginx: FrontEnd = {
  start: (upstream, passing = false) => startNginx({ upstream, requestBuffering: !passing, responseBuffering: !passing }),
  // conf/uwsgi_params of nginx: the directive uwsgi_param without if_not_empty sends empty values too.
  variables: port => ({
    CONTENT_TYPE: '',
    CONTENT_LENGTH: '',
    DOCUMENT_ROOT: expect.stringMatching(/\/html$/),
    REQUEST_SCHEME: 'http',
    REMOTE_PORT: expect.stringMatching(/^\d+$/),
    SERVER_PORT: String(port),
    SERVER_NAME: 'localhost'
  }),
  noContentLength: '',
  cookieSeparator: '; ',
  takesChunks: true,
  tooLarge: 500,
  noResponse: 502,
  noServer: 502,
  noticesAbsence: true
}

describeWithPeers('nginx', 'through nginx', () => {
  for (const listen of ['tcp', 'unix'] as const) {
    requestCases(nginx, listen)
    responseCases(nginx, listen)
    failureCases(nginx, listen)
    cutCases(nginx, listen)
    restartCases(nginx, listen)
  }
})
