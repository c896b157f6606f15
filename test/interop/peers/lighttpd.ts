// lighttpd in front of a uwsgi upstream: its mod_scgi also speaks uwsgi. Knows lighttpd's configuration language and
// nothing about what the upstream is.

import fs from 'node:fs';
import path from 'node:path';
import { LOOPBACK, parseAddress, withFreePort } from './address.js';
import { findProgram, programOutput, startPeer, temporaryFolder, type HttpPeer } from './process.js';

export interface LighttpdOptions {
  /** `127.0.0.1:PORT` or `unix:/path`. */
  readonly upstream: string;
  /** Where the application is mounted; default `/`. */
  readonly mount?: string;
  /** server.stream-request-body: 0 collects the content first (lighttpd's default), 1 and 2 stream it. */
  readonly streamRequestContent?: 0 | 1 | 2;
  /** server.stream-response-body: 0 collects the response first (lighttpd's default), 1 and 2 stream it. */
  readonly streamResponseContent?: 0 | 1 | 2;
  /** Time-outs towards the client and the upstream in seconds; default 30. */
  readonly timeoutSeconds?: number;
  /** Further `"name" => value,` entries of the upstream, for instance `"upgrade" => "enable",`. */
  readonly hostEntries?: string;
  /** Further directives at server level. */
  readonly directives?: string;
}

export const findLighttpd = (): string | undefined => findProgram('lighttpd');

export async function startLighttpd(options: LighttpdOptions): Promise<HttpPeer> {
  const program = findLighttpd();
  if (program === undefined) throw new Error('lighttpd is not installed');
  const version = /lighttpd\/(\S+)/.exec(programOutput(program, ['-v']))?.[1] ?? 'unknown';
  return withFreePort(async (port) => {
    const folder = await temporaryFolder('lighttpd');
    const file = path.join(folder, 'lighttpd.conf');
    await fs.promises.writeFile(file, configuration(options, port, folder));
    const peer = await startPeer({
      name: 'lighttpd',
      version,
      program,
      args: ['-D', '-f', file],
      folder,
      address: { host: LOOPBACK, port },
      ready: /server started/,
    });
    return Object.assign(peer, { port, url: `http://${LOOPBACK}:${port}` });
  });
}

function configuration(options: LighttpdOptions, port: number, folder: string): string {
  const address = parseAddress(options.upstream);
  const host = 'path' in address ? `"socket" => "${address.path}"` : `"host" => "${address.host}", "port" => ${address.port}`;
  const timeout = options.timeoutSeconds ?? 30;
  return `
server.bind = "${LOOPBACK}"
server.port = ${port}
server.document-root = "${folder}"
server.upload-dirs = ("${folder}")
server.modules = ("mod_scgi")
server.stream-request-body = ${options.streamRequestContent ?? 0}
server.stream-response-body = ${options.streamResponseContent ?? 0}
server.max-read-idle = ${timeout}
server.max-write-idle = ${timeout}
# Room for one field line just under and just over what a vars block can carry.
server.max-request-field-size = 140000
scgi.protocol = "uwsgi"
scgi.server = ("${options.mount ?? '/'}" => ((
  ${host},
  # The upstream answers for every path; there are no files to look for.
  "check-local" => "disable",
  # Without it everything is SCRIPT_NAME and PATH_INFO is missing for an application mounted at "/".
  "fix-root-scriptname" => "enable",
  # A test that makes the upstream fail must not make it disappear for the next test.
  "disable-time" => 0,
  "connect-timeout" => ${timeout}, "read-timeout" => ${timeout}, "write-timeout" => ${timeout},
  ${options.hostEntries ?? ''}
)))
${options.directives ?? ''}
`;
}
