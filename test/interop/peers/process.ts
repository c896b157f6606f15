// Life of one peer process: find its program, give it a temporary folder, start it in the foreground, wait until it
// serves, read its log, stop it without leaving anything behind. Knows nothing about what a peer speaks or how it is
// configured, and must not know a test runner.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serves, type Address } from './address.js';

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  /** The peer's own temporary folder; gone after `stop`. */
  readonly folder: string;
  /** Everything the peer wrote to its standard output and error so far; still readable after `stop`. */
  log(): string;
  /** Ends the peer and everything it started, and removes its folder. May be called more than once. */
  stop(): Promise<void>;
}

/** A peer that takes HTTP requests. */
export interface HttpPeer extends Peer {
  readonly port: number;
  /** Without a trailing slash. */
  readonly url: string;
}

export interface PeerSpec {
  readonly name: string;
  readonly version: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Where it will listen. */
  readonly address: Address;
  /**
   * What its log says once it listens. A connection alone proves little: uWSGI listens before it loads the application,
   * and a stranger may have taken the port.
   */
  readonly ready: RegExp;
  readonly env?: NodeJS.ProcessEnv;
  readonly stopSignal?: NodeJS.Signals;
  readonly readyTimeoutMs?: number;
}

// Debian keeps servers out of an ordinary user's PATH. System folders come first: language version managers put
// wrappers of the same name at the head of PATH.
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/sbin', '/bin', '/opt/homebrew/bin'];

/**
 * The first of `names` that is an executable file. GATEWIRE_PEER_NGINX=/path/to/nginx (the first name, in capitals)
 * overrides the search, to run the tests against another build.
 */
export function findProgram(...names: [string, ...string[]]): string | undefined {
  const chosen = process.env[`GATEWIRE_PEER_${names[0].toUpperCase()}`];
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  const folders = [...SYSTEM_FOLDERS, ...(process.env['PATH'] ?? '').split(path.delimiter)];
  for (const name of names) {
    for (const folder of folders) {
      const candidate = path.join(folder, name);
      if (folder !== '' && isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What a program says about itself, on either stream; empty when it cannot be run. */
export function programOutput(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const run = spawnSync(program, args, { encoding: 'utf8', env, timeout: 30_000 });
  return `${run.stdout ?? ''}${run.stderr ?? ''}`;
}

/** 0755, not mkdtemp's 0700: the workers of a peer started by root may be another user. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), `gatewire-${name}-`));
  await fs.promises.chmod(folder, 0o755);
  return folder;
}

export async function startPeer(spec: PeerSpec): Promise<Peer> {
  const logFile = path.join(spec.folder, 'peer.log');
  // A file, not a pipe: it is complete whenever a test looks, it cannot fill up, and it outlives the process.
  const log = fs.openSync(logFile, 'a');
  const [program, args] = dyingWithUs(spec.program, spec.args);
  const child = spawn(program, args, {
    cwd: spec.folder,
    env: spec.env ?? process.env,
    stdio: ['ignore', log, log],
    // A process group of its own: whatever the peer forks can be ended with it, and Apache, which signals its whole
    // group when it stops, does not take the test runner along.
    detached: true,
  });
  fs.closeSync(log);
  const peer = new RunningPeer(spec, child, logFile);
  try {
    await peer.untilReady();
  } catch (error) {
    await peer.stop();
    throw error;
  }
  return peer;
}

/**
 * On Linux the kernel ends the peer when this process dies without a chance to clean up (a runner that kills a stuck
 * test process). setpriv replaces itself by the peer, so the process id stays the peer's.
 */
function dyingWithUs(program: string, args: readonly string[]): [string, string[]] {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  if (setpriv === undefined) return [program, [...args]];
  return [setpriv, ['--pdeathsig', 'TERM', program, ...args]];
}

const GRACE_MS = 3000;

class RunningPeer implements Peer {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly #spec: PeerSpec;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<void>;
  #spawnError: Error | undefined;
  #finalLog: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(spec: PeerSpec, child: ChildProcess, logFile: string) {
    this.name = spec.name;
    this.version = spec.version;
    this.folder = spec.folder;
    this.#spec = spec;
    this.#child = child;
    this.#logFile = logFile;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        this.#spawnError = error;
        resolve();
      });
    });
    running.add(this);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  log(): string {
    if (this.#finalLog !== undefined) return this.#finalLog;
    return fs.existsSync(this.#logFile) ? fs.readFileSync(this.#logFile, 'latin1') : '';
  }

  async untilReady(): Promise<void> {
    const deadline = Date.now() + (this.#spec.readyTimeoutMs ?? 30_000);
    for (;;) {
      if (this.#spawnError !== undefined) throw this.#failure(`cannot be run: ${this.#spawnError.message}`);
      if (this.#hasExited()) throw this.#failure('ended before it was ready');
      if (this.#spec.ready.test(this.log()) && (await serves(this.#spec.address))) return;
      if (Date.now() > deadline) throw this.#failure('is not ready in time');
      await sleep(10);
    }
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #failure(what: string): Error {
    const command = [this.#spec.program, ...this.#spec.args].join(' ');
    return new Error(`${this.name} ${what}\ncommand: ${command}\nlog:\n${this.log().slice(-8000)}`);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#spawnError === undefined && !this.#hasExited()) {
      this.#child.kill(this.#spec.stopSignal ?? 'SIGTERM');
      const patience = new AbortController();
      await Promise.race([this.#exited, sleep(GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
    }
    this.#killGroup();
    await this.#exited;
    this.#finalLog = this.log();
    running.delete(this);
    await fs.promises.rm(this.folder, { recursive: true, force: true });
  }

  /** Ends whatever is left of the group; also right when the leader has gone and left workers behind. */
  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** The same without waiting, for the last moment of this process. */
  abandon(): void {
    this.#killGroup();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

// A test file that throws between start and stop must not leave its peers running.
const running = new Set<RunningPeer>();
process.once('exit', () => {
  for (const peer of running) peer.abandon();
});
