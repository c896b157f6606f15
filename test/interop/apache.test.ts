// Apache with mod_proxy_uwsgi in front of a gatewire server.
import { expect } from 'vitest'
import { describeWithPeers } from './peers/availability.js'
import { startApache } from './peers/apache.js'
import type { FrontEnd } from './front_end.js'
import { cutCases, failureCases, restartCases } from './front_end_failures.js'
import { requestCases } from './front_end_requests.js'
import { responseCases } from './front_end_responses.js'

const apache: FrontEnd = {
  start: upstream => startApache({ upstream }), // content and responses always go on as they come
  // The environment of Apache's CGI (RFC 3875) and what mod_proxy_uwsgi adds.
  variables: () => ({
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_SCHEME: 'http',
    REMOTE_PORT: expect.stringMatching(/^\d+$/),
    SCRIPT_FILENAME: expect.stringMatching(/^proxy:uwsgi:/),
    SCRIPT_NAME: '',
    SERVER_ADDR: '127.0.0.1',
    SERVER_NAME: 'example.test',
    SERVER_PORT: '80', // as Host says
    SERVER_SOFTWARE: expect.stringMatching(/^Apache/)
  }),
  noContentLength: undefined,
  cookieSeparator: ', ',
  takesChunks: false,
  tooLarge: 500,
  noResponse: 500,
  noServer: 503,
  noticesAbsence: false
}

describeWithPeers('apache', 'through Apache', () => {
  cutCases(apache, 'tcp')
  for (const listen of ['tcp', 'unix'] as const) {
    requestCases(apache, listen)
    responseCases(apache, listen)
    failureCases(apache, listen)
    restartCases(apache, listen)
  }
})
