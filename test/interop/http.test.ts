// The raw HTTP client against a socket that plays the server.

import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange, request, slowly } from './http.js';
import { LOOPBACK } from './peers/address.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

describe('the raw HTTP client', () => {
  async function serve(answer: (socket: net.Socket) => void): Promise<{ port: number }> {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      answer(socket);
    });
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { port: (server.address() as net.AddressInfo).port };
  }

  it('reads chunks however they are cut, after an interim response', async () => {
    const wire =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\nx: 2\r\n\r\nA;e=1\r\n0123456789\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n';
    for (const size of [1, 7, 1000]) {
      const { port } = await serve((socket) => {
        socket.setNoDelay(true);
        void (async () => {
          for await (const piece of slowly(wire, size, 0)) socket.write(piece);
        })();
      });
      const response = await request(port, 'GET / HTTP/1.1\r\n\r\n');
      expect(response.content.toString()).toBe('0123456789abc');
      expect(response.interim.map(({ status }) => status)).toEqual([100]);
      expect(response.fields).toEqual([
        ['X', '1'],
        ['Transfer-Encoding', 'chunked'],
        ['x', '2'],
      ]);
    }
  });

  it('sends slowly, and drops the connection where it is told', async () => {
    const got: Buffer[] = [];
    let sent = 0;
    const { port } = await serve((socket) => socket.on('data', (bytes) => got.push(bytes)));
    async function* source() {
      for await (const piece of slowly('0123456789', 2, 20)) {
        sent += 1;
        yield piece;
        // However long the other side takes: two pieces must not become one arrival.
        await expect.poll(() => got.length).toBe(sent);
      }
    }
    const outcome = await exchange(port, source(), { abortAfterSent: 5, abortWithReset: true });
    expect(outcome).toMatchObject({ end: 'aborted', response: undefined });
    await expect.poll(() => got.length).toBe(3);
    expect(got.map(String)).toEqual(['01', '23', '4']);
    const { port: talkative } = await serve((socket) => socket.write(Buffer.alloc(100_000, 'x')));
    const cut = await exchange(talkative, 'GET / HTTP/1.1\r\n\r\n', { abortAfterReceived: 10 });
    expect(cut.end).toBe('aborted');
  });

  it('reports silence, closing and resetting', async () => {
    const { port: silent } = await serve(() => undefined);
    await expect(exchange(silent, 'GET / HTTP/1.1\r\n\r\n', { timeoutMs: 50 })).rejects.toThrow('within 50 ms');
    const { port: closing } = await serve((socket) => socket.end());
    expect((await exchange(closing, '')).end).toBe('closed');
    const { port: resetting } = await serve((socket) => socket.resetAndDestroy());
    expect((await exchange(resetting, '')).end).toBe('reset');
  });
});
