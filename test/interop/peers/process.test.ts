// The life of a peer process, with programs that misbehave in the ways real peers do.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startPeer, temporaryFolder } from './process.js';

/** A zombie has ended: in a container nobody may collect orphans. */
function runs(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

describe('a peer process', () => {
  const node = { name: 'fake', version: '0', program: process.execPath };

  it('that ends early is reported with its log', async () => {
    const folder = await temporaryFolder('fake');
    const start = startPeer({
      ...node,
      args: ['-e', 'console.error("bad option")'],
      folder,
      address: { path: '/none' },
      ready: /ready/,
    });
    await expect(start).rejects.toThrow(/fake ended before it was ready[^]*bad option/);
    expect(existsSync(folder)).toBe(false);
  });

  it('that never listens is reported with its log and ended', async () => {
    const folder = await temporaryFolder('fake');
    // A shell, which a busy machine starts in much less than the time it gets here; all of that time has to pass.
    const shell = { name: 'fake', version: '0', program: '/bin/sh', args: ['-c', 'echo "ready as $$"; exec sleep 1000'] };
    const start = startPeer({ ...shell, folder, address: { path: '/none' }, ready: /ready/, readyTimeoutMs: 4000 });
    const error = await start.catch(String);
    const pid = Number(/ready as (\d+)/.exec(String(error))?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(runs(pid)).toBe(false);
  });

  it('takes its children and its folder along, even when it ignores the signal to stop', async () => {
    const folder = await temporaryFolder('fake');
    const address = { path: path.join(folder, 'up.sock') };
    const script = `
      process.on('SIGTERM', () => {});
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      require('net').createServer().listen('up.sock', () => console.log('ready, child', child.pid));`;
    const peer = await startPeer({ ...node, args: ['-e', script], folder, address, ready: /ready/ });
    const child = Number(/child (\d+)/.exec(peer.log())?.[1]);
    expect(runs(child)).toBe(true);
    await peer.stop();
    await peer.stop();
    // The kernel ends the peer's children in its own time, and they are not ours to wait for.
    for (const pid of [peer.pid, child]) await expect.poll(() => runs(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });
});
