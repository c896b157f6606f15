// Where a peer listens or connects to: a port of the loopback interface or a unix socket, and the one text form in which
// tests name an upstream ('127.0.0.1:PORT' or 'unix:/path'). Knows nothing about processes, configurations or protocols.

import net from 'node:net';

/** Fits `net.connect` as it is. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export const LOOPBACK = '127.0.0.1';

export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return { path: text.slice('unix:'.length) };
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon <= 0 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`an upstream is written 127.0.0.1:PORT or unix:/path, not ${JSON.stringify(text)}`);
  }
  return { host: text.slice(0, colon), port };
}

export function formatAddress(address: Address): string {
  return 'path' in address ? `unix:${address.path}` : `${address.host}:${address.port}`;
}

/**
 * True when a server takes a connection off its queue there: we send FIN and no byte, and wait until it closes too. That
 * the connection is made proves less, since the kernel makes it before the process is ready for it.
 */
export function serves(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => socket.end());
    let failed = false;
    socket.setTimeout(1000, () => socket.destroy(new Error('the connection was not closed')));
    socket.on('error', () => (failed = true));
    socket.on('close', () => resolve(!failed));
    socket.resume();
  });
}

// Below the ephemeral range of Linux (32768), so that the local port of somebody's outgoing connection is never in the way.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/**
 * A loopback port nobody listens on, or the first of `count` such ports in a row. Another process may still take it before
 * the peer does: see `withFreePort`. Chosen at random, not counted up, because test files run in parallel processes that
 * know nothing of each other.
 */
export async function freePort(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const row = Array.from({ length: count }, (_, i) => canListen(port + i));
    if ((await Promise.all(row)).every(Boolean)) return port;
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT} on ${LOOPBACK}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, LOOPBACK, () => probe.close(() => resolve(true)));
  });
}

/** Runs `start` with a free port, and again with another one when the port was taken in between. */
export async function withFreePort<Started>(start: (port: number) => Promise<Started>): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !wasTaken(error as NodeJS.ErrnoException)) throw error;
    }
  }
}

/** What peers write into their logs, and how servers of this process say it. */
function wasTaken(error: NodeJS.ErrnoException): boolean {
  return /address already in use/i.test(String(error)) || error.code === 'ERR_SERVER_ADDRESS_IN_USE';
}
