// lighttpd with mod_scgi, protocol uwsgi, in front of a gatewire server.
import { expect } from 'vitest'
import { describeWithPeers } from './peers/availability.js'
import type { FrontEnd } from './front_end.js'
import { cutCases, failureCases, restartCases } from './front_end_failures.js'
import { requestCases } from './front_end_requests.js'
import { responseCases } from './front_end_responses.js'
import { startLighttpd } from './peers/lighttpd.js'

const lighttpd: FrontEnd = {
  start: (upstream, passing = false) => {
    const stream = passing ? 2 : 0
    return startLighttpd({ upstream, streamRequestContent: stream, streamResponseContent: stream })
  },
  // CGI variables (RFC 3875) as mod_scgi makes them.
  variables: port => ({
    GATEWAY_INTERFACE: 'CGI/1.1',
    REDIRECT_STATUS: '200',
    REQUEST_SCHEME: 'http',
    REMOTE_PORT: expect.stringMatching(/^\d+$/),
    SCRIPT_NAME: '',
    SERVER_ADDR: '127.0.0.1',
    SERVER_NAME: 'example.test',
    SERVER_PORT: String(port),
    SERVER_SOFTWARE: expect.stringMatching(/^lighttpd/)
  }),
  noContentLength: '0',
  cookieSeparator: '; ',
  takesChunks: true,
  tooLarge: 431,
  noResponse: 500,
  noServer: 503,
  noticesAbsence: false
}

describeWithPeers('lighttpd', 'through lighttpd', () => {
  cutCases(lighttpd, 'tcp')
  for (const listen of ['tcp', 'unix'] as const) {
    requestCases(lighttpd, listen)
    responseCases(lighttpd, listen)
    failureCases(lighttpd, listen)
    restartCases(lighttpd, listen)
  }
})
