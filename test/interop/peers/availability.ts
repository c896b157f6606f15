// Which peers this machine has, and what a suite does without one: in CI it fails, elsewhere it is skipped with the
// reason. Knows the test runner; must not start anything that stays.

import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';
import { findApache, findApacheModules } from './apache.js';
import { findChromium } from './browser.js';
import { findCurl } from './curl.js';
import { findLighttpd } from './lighttpd.js';
import { findNginx, SYSTEM_UWSGI_PARAMS } from './nginx.js';
import { findProgram, programOutput } from './process.js';
import { findUwsgi, PYTHON_ENVIRONMENT } from './uwsgi.js';
import { findWrk } from './wrk.js';

export type PeerName =
  'nginx' | 'nginx-system-params' | 'apache' | 'lighttpd' | 'uwsgi' | 'flask' | 'django' | 'chromium' | 'curl' | 'jq' | 'wrk' | 'cmake' | 'valgrind';

// Each answers undefined when the peer is there, or what is missing and the Debian package that has it.
const CHECKS: Readonly<Record<PeerName, () => string | undefined>> = {
  nginx: () => unless(findNginx() !== undefined, 'nginx is not installed (package nginx)'),
  'nginx-system-params': () => CHECKS.nginx() ?? unless(existsSync(SYSTEM_UWSGI_PARAMS), `there is no ${SYSTEM_UWSGI_PARAMS}`),
  apache: () =>
    unless(findApache() !== undefined, 'Apache httpd is not installed (package apache2)') ??
    unless(findApacheModules() !== undefined, 'mod_proxy_uwsgi is not installed (package libapache2-mod-proxy-uwsgi)'),
  lighttpd: () => unless(findLighttpd() !== undefined, 'lighttpd is not installed (package lighttpd)'),
  uwsgi: () => {
    const program = findUwsgi();
    if (program === undefined) return 'uWSGI is not installed (package uwsgi-core)';
    // A plugin that cannot be loaded does not change the exit status.
    const output = programOutput(program, ['--plugin', 'python3', '--version'], PYTHON_ENVIRONMENT);
    return unless(!output.includes('UNABLE to load'), 'uWSGI has no Python plugin (package uwsgi-plugin-python3)');
  },
  flask: () => CHECKS.uwsgi() ?? unless(hasPythonModule('flask'), 'the system Python has no Flask (package python3-flask)'),
  django: () => CHECKS.uwsgi() ?? unless(hasPythonModule('django'), 'the system Python has no Django (package python3-django)'),
  chromium: () => unless(findChromium() !== undefined, 'Chromium is not installed (package chromium)'),
  curl: () => unless(findCurl() !== undefined, 'curl is not installed (package curl)'),
  jq: () => unless(findProgram('jq') !== undefined, 'jq is not installed (package jq)'),
  wrk: () => unless(findWrk() !== undefined, 'wrk is not installed (package wrk)'),
  cmake: () => unless(findProgram('cmake') !== undefined, 'CMake is not installed (package cmake)'),
  valgrind: () => CHECKS.cmake() ?? unless(findProgram('valgrind') !== undefined, 'valgrind is not installed (package valgrind)'),
};

function hasPythonModule(name: string): boolean {
  return programOutput('/usr/bin/python3', ['-c', `import ${name}; print("found")`], PYTHON_ENVIRONMENT).includes('found');
}

function unless(present: boolean, reason: string): string | undefined {
  return present ? undefined : reason;
}

const answers = new Map<PeerName, string | undefined>();

/** Why a peer cannot be used here; undefined when it can. Looked up once per process. */
export function whyMissing(name: PeerName): string | undefined {
  if (!answers.has(name)) answers.set(name, CHECKS[name]());
  return answers.get(name);
}

export function inContinuousIntegration(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
}

/**
 * `describe` for a suite that needs peers. Without one of them the suite's body is not run: it holds a single test that
 * fails in CI, where every peer is expected, and is skipped with the reason elsewhere.
 */
export function describeWithPeers(names: PeerName | readonly PeerName[], title: string, body: () => void): void {
  const reasons = [names].flat().flatMap((name) => whyMissing(name) ?? []);
  describe(title, reasons.length === 0 ? body : () => registerMissing([...new Set(reasons)].join('; ')));
}

function registerMissing(reason: string): void {
  it(`needs a peer: ${reason}`, (context) => {
    if (inContinuousIntegration()) throw new Error(`CI must run this suite, but ${reason}`);
    context.skip(reason);
  });
}
