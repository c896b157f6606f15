// uWSGI with its Python plugin and an application, mostly one of those beside this file. Knows uWSGI's command line; the
// applications know nothing about the tests. Everything not asked for stays as uWSGI ships it, its limits above all.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOOPBACK, withFreePort, type Address } from './address.js';
import { findProgram, programOutput, startPeer, temporaryFolder, type Peer } from './process.js';

export interface UwsgiOptions {
  readonly listen: 'tcp' | 'unix';
  /**
   * `flask`: flask_app.py. `wsgi`: wsgi_app.py, responses no framework would let through. `environ`: environ_app.py, which
   * answers any request with what it saw of it. `pages`: pages_app.py, a Flask site for browsers. `django`: django_app.py, a
   * Django project. An address: another file. Default `flask`.
   */
  readonly app?: 'flask' | 'wsgi' | 'environ' | 'pages' | 'django' | URL;
  /** --buffer-size: largest vars block; uWSGI's default is 4096. */
  readonly bufferSize?: number;
  /** Socket type: `uwsgi` closes after each request, `puwsgi` keeps the connection. Default `uwsgi`. */
  readonly protocol?: 'uwsgi' | 'puwsgi';
  /** Further command-line options, for instance ['--max-vars', '1000']. */
  readonly options?: readonly string[];
}

export interface UwsgiPeer extends Peer {
  /** Fits `net.connect`. */
  readonly address: Address;
}

export const findUwsgi = (): string | undefined => findProgram('uwsgi', 'uwsgi-core');

const APPLICATIONS = fileURLToPath(new URL('.', import.meta.url));

/**
 * The system's Python and nothing else: a version manager's variables and wrappers would make uWSGI's Python look for
 * its library, or for Flask, in another installation.
 */
export const PYTHON_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  // No __pycache__ beside the applications, in the source tree.
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
};

export async function startUwsgi(options: UwsgiOptions): Promise<UwsgiPeer> {
  if (options.listen === 'tcp') return withFreePort((port) => start(options, { host: LOOPBACK, port }));
  return start(options, undefined);
}

async function start(options: UwsgiOptions, tcp: Address | undefined): Promise<UwsgiPeer> {
  const program = findUwsgi();
  if (program === undefined) throw new Error('uWSGI is not installed');
  const folder = await temporaryFolder('uwsgi');
  const address = tcp ?? { path: path.join(folder, 'uwsgi.sock') };
  const peer = await startPeer({
    name: 'uwsgi',
    version: programOutput(program, ['--version']).trim(),
    program,
    args: [...commandLine(options, address), ...(options.options ?? [])],
    folder,
    address,
    env: { ...PYTHON_ENVIRONMENT, HOME: folder, TMPDIR: folder },
    ready: /spawned uWSGI worker/,
  });
  return Object.assign(peer, { address });
}

function commandLine(options: UwsgiOptions, address: Address): string[] {
  const { app = 'flask' } = options;
  const application = typeof app === 'string' ? path.join(APPLICATIONS, `${app}_app.py`) : fileURLToPath(app);
  return [
    '--plugin',
    'python3',
    options.protocol === 'puwsgi' ? '--puwsgi-socket' : '--socket',
    'path' in address ? address.path : `${address.host}:${address.port}`,
    // A peer that is not root (a front end's worker) must be able to connect.
    '--chmod-socket=666',
    '--wsgi-file',
    application,
    '--callable',
    'app',
    // Without it an application that cannot be loaded still gives a server, one that answers nothing.
    '--need-app',
    // One process, no --master: a master looks only once a second whether its worker has gone, so stopping takes a second.
    '--processes',
    '1',
    '--threads',
    '4',
    // Without it SIGTERM asks for a reload.
    '--die-on-term',
    ...(options.bufferSize === undefined ? [] : ['--buffer-size', String(options.bufferSize)]),
  ];
}
