// Apache httpd with mod_proxy_uwsgi in front of a uwsgi upstream. Knows httpd's configuration language and where
// distributions keep its modules, and nothing about what the upstream is.

import fs from 'node:fs';
import path from 'node:path';
import { LOOPBACK, parseAddress, withFreePort } from './address.js';
import { findProgram, programOutput, startPeer, temporaryFolder, type HttpPeer } from './process.js';

export interface ApacheOptions {
  /** `127.0.0.1:PORT` or `unix:/path`. */
  readonly upstream: string;
  /** Where the application is mounted, with a trailing slash; default `/`. */
  readonly mount?: string;
  /** Timeout and ProxyTimeout in seconds; default 30. */
  readonly timeoutSeconds?: number;
  /** Further directives at server level. */
  readonly directives?: string;
}

export const findApache = (): string | undefined => findProgram('apache2', 'httpd');

const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/lib/httpd/modules'];

// In the order they must be loaded. The first two may be compiled in, and then have no file.
const MODULES = ['unixd', 'mpm_event', 'authz_core', 'proxy', 'proxy_uwsgi'];

/** The folder that holds mod_proxy_uwsgi, which is a package of its own on some systems. */
export function findApacheModules(): string | undefined {
  return MODULE_FOLDERS.find((folder) => fs.existsSync(path.join(folder, 'mod_proxy_uwsgi.so')));
}

export async function startApache(options: ApacheOptions): Promise<HttpPeer> {
  const program = findApache();
  const modules = findApacheModules();
  if (program === undefined || modules === undefined) throw new Error('Apache httpd or its mod_proxy_uwsgi is not installed');
  const version = /Apache\/(\S+)/.exec(programOutput(program, ['-v']))?.[1] ?? 'unknown';
  await openSocketToWorkers(options.upstream);
  return withFreePort(async (port) => {
    const folder = await temporaryFolder('apache');
    const file = path.join(folder, 'httpd.conf');
    await fs.promises.writeFile(file, configuration(options, port, folder, modules));
    const peer = await startPeer({
      name: 'apache',
      version,
      program,
      args: ['-DFOREGROUND', '-d', folder, '-f', file],
      folder,
      address: { host: LOOPBACK, port },
      // AH00489 (event, worker), AH00163 (prefork).
      ready: /resuming normal operations/,
    });
    return Object.assign(peer, { port, url: `http://${LOOPBACK}:${port}` });
  });
}

/**
 * httpd refuses to run its workers as root. When root starts it they are nobody, and nobody may not connect to a socket
 * that a test created with root's usual umask.
 */
async function openSocketToWorkers(upstream: string): Promise<void> {
  const address = parseAddress(upstream);
  if (process.getuid?.() === 0 && 'path' in address && fs.existsSync(address.path)) {
    await fs.promises.chmod(address.path, 0o777);
  }
}

function configuration(options: ApacheOptions, port: number, folder: string, modules: string): string {
  const mount = options.mount ?? '/';
  const timeout = options.timeoutSeconds ?? 30;
  const loads = MODULES.map((name) => [name, path.join(modules, `mod_${name}.so`)])
    .filter(([, file]) => fs.existsSync(file))
    .map(([name, file]) => `LoadModule ${name}_module ${file}`);
  return `
ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
PidFile "${folder}/httpd.pid"
DocumentRoot "${folder}"
ServerName localhost
Listen ${LOOPBACK}:${port}
${loads.join('\n')}
ErrorLog "/dev/stderr"
LogLevel notice
${process.getuid?.() === 0 ? 'User "#65534"\nGroup "#65534"' : ''}
# Small: a test needs few workers, and each is a process to start and to stop.
StartServers 1
ServerLimit 2
ThreadsPerChild 16
MaxRequestWorkers 32
MinSpareThreads 1
MaxSpareThreads 32
Timeout ${timeout}
ProxyTimeout ${timeout}
# Room for one field line just under and just over what a vars block can carry.
LimitRequestLine 70000
LimitRequestFieldSize 70000
LimitRequestFields 1000
${options.directives ?? ''}
# retry: a test that makes the upstream fail must not make it disappear for the next test.
ProxyPass "${mount}" "${target(options.upstream, mount)}" retry=0
`;
}

function target(upstream: string, mount: string): string {
  const address = parseAddress(upstream);
  // Without the slash at the end "/path" would be glued to the port.
  const end = mount.endsWith('/') ? '/' : '';
  return 'path' in address ? `unix:${address.path}|uwsgi://localhost${end}` : `uwsgi://${address.host}:${address.port}${end}`;
}
