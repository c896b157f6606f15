// Proves that the peers work, without gatewire: front ends talk to a small uwsgi responder written
// here, and packets written here go to uWSGI. When an interop test fails and this file passes, the fault is ours.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { exchange, fieldValues, request } from './http.js';
import { formatAddress, LOOPBACK, type Address } from './peers/address.js';
import { startApache } from './peers/apache.js';
import { describeWithPeers } from './peers/availability.js';
import { startLighttpd } from './peers/lighttpd.js';
import { startNginx } from './peers/nginx.js';
import { temporaryFolder, type HttpPeer, type Peer } from './peers/process.js';
import { startUwsgi, type UwsgiPeer } from './peers/uwsgi.js';

interface SeenRequest {
  modifier1: number;
  modifier2: number;
  vars: [string, string][];
  content: string;
}

const RESPONSE =
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nfixed\n';

/** Reads one packet and its content per connection, notes them, answers RESPONSE and closes. */
class Responder {
  readonly seen: SeenRequest[] = [];
  /** Settles when the first vars block is complete, whatever became of the content. */
  readonly firstBlock: Promise<void>;
  #noteBlock: () => void = () => undefined;
  readonly #server = net.createServer((socket) => this.#serve(socket));

  constructor() {
    this.firstBlock = new Promise((resolve) => (this.#noteBlock = resolve));
  }

  async listen(where: Address): Promise<Address> {
    this.#server.listen(where);
    await once(this.#server, 'listening');
    const address = this.#server.address() as net.AddressInfo | string;
    return typeof address === 'string' ? { path: address } : { host: LOOPBACK, port: address.port };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: net.Socket): void {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      const blockEnd = bytes.length < 4 ? Infinity : 4 + bytes.readUInt16LE(1);
      if (bytes.length < blockEnd) return;
      this.#noteBlock();
      const vars = readVars(bytes.subarray(4, blockEnd));
      const length = Number(vars.find(([key]) => key === 'CONTENT_LENGTH')?.[1] ?? 0);
      if (bytes.length < blockEnd + length) return;
      this.seen.push({ modifier1: bytes[0], modifier2: bytes[3], vars, content: bytes.toString('latin1', blockEnd) });
      socket.end(RESPONSE);
    });
  }
}

function readVars(block: Buffer): [string, string][] {
  const vars: [string, string][] = [];
  for (let at = 0; at < block.length;) {
    const keyEnd = at + 2 + block.readUInt16LE(at);
    const valueEnd = keyEnd + 2 + block.readUInt16LE(keyEnd);
    vars.push([block.toString('latin1', at + 2, keyEnd), block.toString('latin1', keyEnd + 2, valueEnd)]);
    at = valueEnd;
  }
  return vars;
}

function packet(vars: Record<string, string>, content = ''): Buffer {
  const parts = Object.entries(vars).flatMap(([key, value]) => [lengthPrefixed(key), lengthPrefixed(value)]);
  const block = Buffer.concat(parts);
  const header = Buffer.from([0, block.length & 255, block.length >> 8, 0]);
  return Buffer.concat([header, block, Buffer.from(content, 'latin1')]);
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length & 255, bytes.length >> 8]), bytes]);
}

function requestPacket(method: string, uri: string, content = '', extra: Record<string, string> = {}): Buffer {
  const [pathInfo = '', query = ''] = uri.split('?');
  return packet(
    {
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      CONTENT_TYPE: content === '' ? '' : 'text/x-test',
      CONTENT_LENGTH: content === '' ? '' : String(content.length),
      REQUEST_URI: uri,
      PATH_INFO: pathInfo,
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_HOST: 'localhost',
      ...extra,
    },
    content,
  );
}

// What one test starts, ended in reverse order whatever the test's outcome.
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startResponder(listen: 'tcp' | 'unix'): Promise<{ responder: Responder; upstream: string }> {
  const folder = listen === 'unix' ? await temporaryFolder('responder') : undefined;
  const responder = new Responder();
  const address = await responder.listen(
    folder === undefined ? { host: LOOPBACK, port: 0 } : { path: path.join(folder, 'up.sock') },
  );
  closers.push(async () => {
    await responder.close();
    if (folder !== undefined) await fs.rm(folder, { recursive: true });
  });
  return { responder, upstream: formatAddress(address) };
}

function stopAfterTest<Started extends Peer>(peer: Started): Started {
  closers.push(() => peer.stop());
  return peer;
}

const POST =
  'POST /a%20b?q=1 HTTP/1.1\r\nHost: localhost\r\nX-Test: yes\r\nContent-Type: text/x-test\r\nContent-Length: 10\r\n\r\n0123456789';

async function expectRoundTrip(frontEnd: HttpPeer, responder: Responder): Promise<SeenRequest> {
  const response = await request(frontEnd.port, POST);
  expect(response.status).toBe(200);
  expect(response.content.toString()).toBe('fixed\n');
  expect(fieldValues(response, 'set-cookie')).toEqual(['a=1', 'b=2']);
  expect(responder.seen).toHaveLength(1);
  const [seen] = responder.seen;
  expect(seen.content).toBe('0123456789');
  expect(Object.fromEntries(seen.vars)).toMatchObject({
    REQUEST_METHOD: 'POST',
    REQUEST_URI: '/a%20b?q=1',
    PATH_INFO: '/a b',
    QUERY_STRING: 'q=1',
    CONTENT_LENGTH: '10',
    CONTENT_TYPE: 'text/x-test',
    HTTP_X_TEST: 'yes',
  });
  return seen;
}

/** One field line that makes the vars block almost as large as it can be. */
async function expectLargeFieldLine(frontEnd: HttpPeer, responder: Responder): Promise<void> {
  const value = 'v'.repeat(64_000);
  const response = await request(frontEnd.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${value}\r\n\r\n`);
  expect(response.status).toBe(200);
  expect(new Map(responder.seen[0].vars).get('HTTP_X_LARGE')).toBe(value);
}

describeWithPeers('nginx', 'nginx in front of a uwsgi responder', () => {
  it.each(['tcp', 'unix'] as const)('over %s', async (listen) => {
    const { responder, upstream } = await startResponder(listen);
    const nginx = stopAfterTest(await startNginx({ upstream }));
    const seen = await expectRoundTrip(nginx, responder);
    expect([seen.modifier1, seen.modifier2]).toEqual([0, 0]);
    expect(seen.vars.slice(0, 5).map(([key]) => key)).toEqual([
      'QUERY_STRING',
      'REQUEST_METHOD',
      'CONTENT_TYPE',
      'CONTENT_LENGTH',
      'REQUEST_URI',
    ]);
    expect(nginx.version).toMatch(/^\d+\.\d+/);
  });

  it('collects the content first unless told not to', async () => {
    expect(await blockArrivesBeforeContent(true)).toBe(false);
    expect(await blockArrivesBeforeContent(false)).toBe(true);
  });

  it('sends the modifiers it is configured with', async () => {
    const { responder, upstream } = await startResponder('tcp');
    const nginx = stopAfterTest(await startNginx({ upstream, modifier1: 30, modifier2: 7 }));
    const seen = await expectRoundTrip(nginx, responder);
    expect([seen.modifier1, seen.modifier2]).toEqual([30, 7]);
  });

  it('takes extra directives and locations', async () => {
    const { responder, upstream } = await startResponder('tcp');
    const nginx = stopAfterTest(
      await startNginx({
        upstream,
        locationDirectives: 'uwsgi_pass_request_headers off;',
        serverDirectives: 'uwsgi_param EVERYWHERE "1";',
        locations: { '= /own': 'return 418;', '/other': 'uwsgi_param ONLY_HERE "2"; uwsgi_pass backend;' },
      }),
    );
    expect((await request(nginx.port, 'GET /own HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(418);
    await request(nginx.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await request(nginx.port, 'GET /other HTTP/1.1\r\nHost: a\r\n\r\n');
    const [first, second] = responder.seen.map(({ vars }) => new Map(vars));
    expect(first.get('EVERYWHERE')).toBe('1');
    expect(first.has('HTTP_HOST')).toBe(false);
    // An own uwsgi_param replaces the inherited list: nginx's rule.
    expect([second.get('ONLY_HERE'), second.has('REQUEST_METHOD')]).toEqual(['2', false]);
  });

  it('passes a field line of 64 000 bytes', async () => {
    const { responder, upstream } = await startResponder('tcp');
    await expectLargeFieldLine(stopAfterTest(await startNginx({ upstream })), responder);
  });

  it('writes an error log that tests can read, also after it has stopped', async () => {
    const nginx = stopAfterTest(await startNginx({ upstream: 'unix:/nonexistent/up.sock' }));
    expect((await request(nginx.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')).status).toBe(502);
    await nginx.stop();
    expect(nginx.log()).toContain('connect() to unix:/nonexistent/up.sock failed');
  });
});

/** Sends half the content, and the rest when the responder has the vars block; where it should not get it before, after a while. */
async function blockArrivesBeforeContent(requestBuffering: boolean): Promise<boolean> {
  const { responder, upstream } = await startResponder('tcp');
  const nginx = stopAfterTest(await startNginx({ upstream, requestBuffering }));
  let arrived = false;
  const firstBlock = responder.firstBlock.then(() => (arrived = true));
  let arrivedBefore = false;
  async function* source() {
    yield POST.slice(0, -5);
    await (requestBuffering ? Promise.race([firstBlock, sleep(200)]) : firstBlock);
    arrivedBefore = arrived;
    yield POST.slice(-5);
  }
  expect((await request(nginx.port, source())).status).toBe(200);
  expect(responder.seen[0].content).toBe('0123456789');
  return arrivedBefore;
}

describeWithPeers('nginx-system-params', 'nginx with the parameters of the distribution', () => {
  it('still sends what the stock ones send', async () => {
    const { responder, upstream } = await startResponder('tcp');
    await expectRoundTrip(stopAfterTest(await startNginx({ upstream, params: 'system' })), responder);
  });
});

describeWithPeers('apache', 'Apache in front of a uwsgi responder', () => {
  it.each(['tcp', 'unix'] as const)('over %s', async (listen) => {
    const { responder, upstream } = await startResponder(listen);
    const apache = stopAfterTest(await startApache({ upstream }));
    const seen = await expectRoundTrip(apache, responder);
    expect(new Map(seen.vars).get('SCRIPT_FILENAME')).toMatch(/^proxy:uwsgi:/);
  });

  it('mounts the application at a prefix', async () => {
    const { responder, upstream } = await startResponder('tcp');
    const apache = stopAfterTest(await startApache({ upstream, mount: '/app/' }));
    await request(apache.port, 'GET /app/x HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(Object.fromEntries(responder.seen[0].vars)).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '/x' });
    expect((await request(apache.port, 'GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n')).status).toBe(404);
  });

  it('passes a field line of 64 000 bytes', async () => {
    const { responder, upstream } = await startResponder('tcp');
    await expectLargeFieldLine(stopAfterTest(await startApache({ upstream })), responder);
  });
});

describeWithPeers('lighttpd', 'lighttpd in front of a uwsgi responder', () => {
  it.each(['tcp', 'unix'] as const)('over %s', async (listen) => {
    const { responder, upstream } = await startResponder(listen);
    const lighttpd = stopAfterTest(await startLighttpd({ upstream }));
    const seen = await expectRoundTrip(lighttpd, responder);
    expect(seen.vars[0]).toEqual(['CONTENT_LENGTH', '10']);
    expect(new Map(seen.vars).get('SCRIPT_NAME')).toBe('');
  });

  it('passes a field line of 64 000 bytes', async () => {
    const { responder, upstream } = await startResponder('tcp');
    await expectLargeFieldLine(stopAfterTest(await startLighttpd({ upstream })), responder);
  });
});

describeWithPeers('flask', 'uWSGI with the Flask application', () => {
  let uwsgi: UwsgiPeer;
  beforeAll(async () => {
    uwsgi = await startUwsgi({ listen: 'tcp' });
  });
  afterAll(() => uwsgi.stop());

  const get = (uri: string) => request(uwsgi.address, requestPacket('GET', uri), { method: 'GET' });

  it('answers over a unix socket too', async () => {
    const other = stopAfterTest(await startUwsgi({ listen: 'unix' }));
    const response = await request(other.address, requestPacket('GET', '/'), { method: 'GET' });
    expect(response.content.toString()).toContain('hello from Flask');
  });

  it('/echo returns the content and its type', async () => {
    const response = await request(uwsgi.address, requestPacket('POST', '/echo', 'some content'));
    expect(response.content.toString()).toBe('some content');
    expect(fieldValues(response, 'content-type')[0]).toContain('text/x-test');
  });

  it('/stream and /gated have no Content-Length, and /gated comes in parts', async () => {
    const stream = await exchange(uwsgi.address, requestPacket('GET', '/stream'), { method: 'GET' });
    const content = Buffer.from('part 0\npart 1\npart 2\npart 3\npart 4\n');
    expect(stream).toMatchObject({ end: 'closed', response: { framing: 'close', content } });
    const gate = path.join(uwsgi.folder, 'gate');
    const onReceived = (bytes: Buffer) => bytes.includes('part 0') && writeFileSync(gate, '');
    const gated = await exchange(uwsgi.address, requestPacket('GET', `/gated?gate=${gate}`), { method: 'GET', onReceived });
    expect(gated).toMatchObject({ end: 'closed', response: { framing: 'close', content: Buffer.from('part 0\npart 1\n') } });
  });

  it('/204, /304, /error, /early, /slow and /cookies', async () => {
    expect(await get('/204')).toMatchObject({ status: 204, framing: 'none' });
    expect(await get('/304')).toMatchObject({ status: 304, framing: 'none' });
    expect((await get('/error')).status).toBe(500);
    expect((await get('/early')).content.toString()).toBe('not read\n');
    expect((await get('/slow?seconds=0.01')).content.toString()).toBe('slept\n');
    expect(fieldValues(await get('/cookies'), 'set-cookie')).toEqual(['first=1; Path=/', 'second=2; Path=/; HttpOnly']);
  });

  it('/big returns as many bytes as asked for', async () => {
    const { content } = await get('/big?bytes=300001');
    expect(content).toHaveLength(300_001);
    expect(content.every((byte, index) => byte === index % 256)).toBe(true);
  });

  it('/environ shows the bytes Python saw as Latin-1', async () => {
    const sent = requestPacket('GET', '/environ', '', { HTTP_X_BYTES: '\u0000\u0080\u00e9\u00ff', EMPTY: '' });
    const seen = JSON.parse((await request(uwsgi.address, sent, { method: 'GET' })).content.toString()) as Record<string, string>;
    expect(seen).toMatchObject({ HTTP_X_BYTES: '\u0000\u0080\u00e9\u00ff', EMPTY: '', REQUEST_METHOD: 'GET' });
    expect(Object.keys(seen)).toEqual(Object.keys(seen).toSorted());
  });

  it.each(['/', '/echo', '/stream', '/204', '/304', '/error', '/big', '/environ', '/cookies', '/slow?seconds=0', '/early'])(
    'HEAD %s has no content',
    async (uri) => {
      const { received } = await exchange(uwsgi.address, requestPacket('HEAD', uri), { method: 'HEAD', untilClose: true });
      expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 [^]*\r\n\r\n$/);
    },
  );

  it('has its stock limit on the vars block, and another when told', async () => {
    const large = requestPacket('GET', '/environ', '', { HTTP_X_LARGE: 'v'.repeat(60_000) });
    const refused = await exchange(uwsgi.address, large, { method: 'GET' });
    expect(refused).toMatchObject({ received: Buffer.alloc(0), response: undefined });
    await expect.poll(() => uwsgi.log()).toContain('invalid request block size');
    const roomy = stopAfterTest(await startUwsgi({ listen: 'unix', bufferSize: 65_535 }));
    expect((await request(roomy.address, large, { method: 'GET' })).status).toBe(200);
  });
});

describeWithPeers('uwsgi', 'uWSGI with the bare WSGI application', () => {
  let uwsgi: UwsgiPeer;
  beforeAll(async () => {
    uwsgi = await startUwsgi({ listen: 'unix', app: 'wsgi' });
  });
  afterAll(() => uwsgi.stop());

  it.each([
    ['/', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n'],
    ['/length-too-small', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n0123456789'],
    ['/length-too-large', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n0123456789'],
    ['/no-start-response', 'content without a head\n'],
    ['/nothing', ''],
    ['/interim?103', 'HTTP/1.1 103 Early Hints\r\nX-Peer: interim\r\n\r\n'],
    [
      '/chunked',
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
    ],
    ['/chunked-cut', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo'],
    ['/error-midway', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbefore the failure\n'],
    ['/odd-reason', 'HTTP/1.1 299 Said By The Application\r\nContent-Length: 0\r\n\r\n'],
  ])('%s', async (uri, expected) => {
    const { received } = await exchange(uwsgi.address, requestPacket('GET', uri), { method: 'GET', untilClose: true });
    expect(received.toString('latin1')).toBe(expected);
  });

  it('decoded by the raw client, with its verdict on completeness', async () => {
    const ask = (uri: string) => exchange(uwsgi.address, requestPacket('GET', uri), { method: 'GET' });
    expect((await ask('/chunked')).response).toMatchObject({
      framing: 'chunked',
      complete: true,
      content: Buffer.from('hello world'),
    });
    expect((await ask('/chunked-cut')).response).toMatchObject({ complete: false, content: Buffer.from('hello wo') });
    expect((await ask('/length-too-large')).response).toMatchObject({ framing: 'length', complete: false });
    expect((await ask('/no-start-response')).response).toBeUndefined();
  });
});
