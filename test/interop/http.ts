// A raw HTTP/1.1 client for requests that node's fetch will not send: the caller's bytes go out as they are, at the
// caller's pace, and everything that came back is handed over unjudged. It frames the response (RFC 9112 section 6.3)
// only to know where it ends. Must not use node:http or gatewire: it is the independent witness of the tests.

import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes to send; strings are Latin-1. An async source decides itself when the next piece goes out. */
export type RequestSource = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** A loopback port, or anything `net.connect` takes. */
export type Target =
  number | { readonly port: number } | { readonly host: string; readonly port: number } | { readonly path: string };

export interface ExchangeOptions {
  /** Of the request; only HEAD matters, whose response has no content. Default: the first word sent. */
  readonly method?: string;
  /** For the whole exchange; default 30 000, which only an exchange that hangs needs. */
  readonly timeoutMs?: number;
  /** Drops the connection after so many request bytes have been sent. */
  readonly abortAfterSent?: number;
  /** Drops the connection once so many response bytes have come. */
  readonly abortAfterReceived?: number;
  /** An abort sends FIN by default; true: RST (TCP only). */
  readonly abortWithReset?: boolean;
  /** Closes our sending side after the request. */
  readonly halfClose?: boolean;
  /** Waits for the peer to close, also when the response is complete, to see what else it sends. */
  readonly untilClose?: boolean;
  /** Called with the bytes of each arrival, for tests where the next step waits for them. */
  readonly onReceived?: (bytes: Buffer) => void;
}

export interface ResponseHead {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Field lines in wire order, duplicates and spelling kept; values trimmed, Latin-1. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface RawResponse extends ResponseHead {
  readonly content: Buffer;
  /** What told where the content ends. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** False when the connection ended before the content did. Always true for framing by close. */
  readonly complete: boolean;
  /** 1xx responses before this one. */
  readonly interim: readonly ResponseHead[];
}

export interface Exchange {
  /** Every byte that came, also when it was no HTTP at all. */
  readonly received: Buffer;
  /** When the bytes came: milliseconds since the connection was made, and how many. */
  readonly arrivals: readonly { readonly ms: number; readonly bytes: number }[];
  /** `answered`: the response was complete and we closed. Otherwise who ended the connection, and how. */
  readonly end: 'answered' | 'closed' | 'reset' | 'aborted';
  /** Absent when no response head was received. */
  readonly response: RawResponse | undefined;
}

/** The response of an exchange that must have one, complete. */
export async function request(target: Target, source: RequestSource, options: ExchangeOptions = {}): Promise<RawResponse> {
  const { response, received, end } = await exchange(target, source, options);
  if (response === undefined)
    throw new Error(`no response: connection ${end} after ${JSON.stringify(received.toString('latin1', 0, 400))}`);
  if (!response.complete)
    throw new Error(`response cut short: ${response.status}, ${response.content.length} bytes of content, ${end}`);
  return response;
}

export function exchange(target: Target, source: RequestSource, options: ExchangeOptions = {}): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const arrivals: { ms: number; bytes: number }[] = [];
    const reader = new ResponseReader();
    const abortAfterReceived = options.abortAfterReceived ?? Infinity;
    let receivedBytes = 0;
    let connectedAt = 0;
    let over = false;
    const socket = net.connect(
      typeof target === 'number' ? { port: target, host: '127.0.0.1' } : { host: '127.0.0.1', ...target },
    );
    const timeoutMs = options.timeoutMs ?? 30_000;
    const timer = setTimeout(
      () => fail(new Error(`no end of the exchange within ${timeoutMs} ms; ${describeReceived()}`)),
      timeoutMs,
    );

    function describeReceived(): string {
      return `received ${receivedBytes} bytes: ${JSON.stringify(Buffer.concat(received).toString('latin1', 0, 400))}`;
    }
    function leave(): boolean {
      if (over) return false;
      over = true;
      clearTimeout(timer);
      return true;
    }
    function fail(error: Error): void {
      if (!leave()) return;
      socket.destroy();
      reject(error);
    }
    function finish(end: Exchange['end']): void {
      if (!leave()) return;
      if (end === 'aborted' && options.abortWithReset === true && !isUnix(target)) socket.resetAndDestroy();
      else socket.destroy();
      resolve({ received: Buffer.concat(received), arrivals, end, response: reader.response(end === 'closed') });
    }

    socket.setNoDelay(true);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A peer that answers early and closes makes our next write fail; what it said before still counts.
      // A reset may even come before our 'connect' event.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish('reset');
      else fail(error);
    });
    socket.on('end', () => finish('closed'));
    socket.on('data', (bytes) => {
      received.push(bytes);
      receivedBytes += bytes.length;
      arrivals.push({ ms: performance.now() - connectedAt, bytes: bytes.length });
      options.onReceived?.(bytes);
      try {
        reader.push(bytes);
      } catch (error) {
        fail(new Error(`${(error as Error).message}; ${describeReceived()}`));
        return;
      }
      if (receivedBytes >= abortAfterReceived) finish('aborted');
      else if (reader.done && options.untilClose !== true) finish('answered');
    });
    socket.once('connect', () => {
      connectedAt = performance.now();
      send().catch((error: unknown) => fail(error as Error));
    });

    async function send(): Promise<void> {
      let left = options.abortAfterSent ?? Infinity;
      for await (const piece of pieces(source)) {
        if (over) return;
        const bytes = piece.subarray(0, left);
        reader.noticeMethod(options.method, bytes);
        await write(bytes);
        left -= bytes.length;
        if (left <= 0) {
          finish('aborted');
          return;
        }
      }
      if (options.halfClose === true && !over) socket.end();
    }

    /** Waits until the bytes have been handed to the kernel, so that an abort does not take them back. */
    function write(bytes: Buffer): Promise<void> {
      return new Promise((written) => {
        if (bytes.length === 0 || socket.destroyed) written();
        // A failure shows as an 'error' event.
        else socket.write(bytes, () => written());
      });
    }
  });
}

/** The responses to pipelined requests with these methods, in order, and nothing after them. Each must be complete. */
export function responsesIn(received: Buffer, methods: readonly string[]): RawResponse[] {
  let rest = received;
  const responses = methods.map((method, index) => {
    const reader = new ResponseReader();
    reader.noticeMethod(method, rest);
    reader.push(rest);
    const response = reader.response(true);
    if (response?.complete !== true) throw new Error(`no response to request ${index + 1}: ${JSON.stringify(rest.toString('latin1', 0, 400))}`);
    rest = reader.rest();
    return response;
  });
  if (rest.length > 0) throw new Error(`more than ${methods.length} responses: ${JSON.stringify(rest.toString('latin1', 0, 400))}`);
  return responses;
}

function isUnix(target: Target): boolean {
  return typeof target === 'object' && 'path' in target;
}

/** The same bytes in pieces of `size`, `intervalMs` apart: a slow client. */
export async function* slowly(bytes: string | Uint8Array, size: number, intervalMs: number): AsyncGenerator<Buffer> {
  const all = toBuffer(bytes);
  for (let at = 0; at < all.length; at += size) {
    if (at > 0) await sleep(intervalMs);
    yield all.subarray(at, at + size);
  }
}

/** All values of a field, in order, whatever the spelling of its name. */
export function fieldValues(response: ResponseHead, name: string): string[] {
  return response.fields.filter(([spelled]) => spelled.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function toBuffer(bytes: string | Uint8Array): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* pieces(source: RequestSource): AsyncGenerator<Buffer> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield toBuffer(source);
  else for await (const piece of source) yield toBuffer(piece);
}

/** Follows one response through the bytes as they come, without looking at any of them twice for more than a head. */
class ResponseReader {
  done = false;
  #state: 'head' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'length' | 'close' = 'head';
  #method: string | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #head: ResponseHead | undefined;
  #framing: RawResponse['framing'] = 'close';
  #left = 0;
  readonly #interim: ResponseHead[] = [];
  readonly #content: Buffer[] = [];

  noticeMethod(chosen: string | undefined, firstBytes: Buffer): void {
    this.#method ??= chosen ?? firstBytes.toString('latin1', 0, 5).trimEnd();
  }

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (!this.done && this.#step());
  }

  /** What came after the response. */
  rest(): Buffer {
    return this.#pending;
  }

  response(closed: boolean): RawResponse | undefined {
    if (this.#head === undefined) return undefined;
    return {
      ...this.#head,
      content: Buffer.concat(this.#content),
      framing: this.#framing,
      complete: this.done || (this.#framing === 'close' && closed),
      interim: this.#interim,
    };
  }

  /** Takes one piece of the message off the pending bytes; false when it needs more of them. */
  #step(): boolean {
    switch (this.#state) {
      case 'head': {
        const end = this.#pending.indexOf('\r\n\r\n');
        if (end < 0) return false;
        this.#startMessage(parseHead(this.#take(end + 4).toString('latin1', 0, end)));
        return true;
      }
      case 'chunk-size': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (!/^[0-9a-f]+[ \t]*(;.*)?$/i.test(line)) throw new Error(`not a chunk size: ${JSON.stringify(line)}`);
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'chunk-data';
        return true;
      }
      case 'chunk-end': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (line !== '') throw new Error(`chunk data does not end where its size says: ${JSON.stringify(line)}`);
        this.#state = 'chunk-size';
        return true;
      }
      case 'trailer': {
        const line = this.#takeLine();
        if (line === '') this.done = true;
        return line !== undefined;
      }
      case 'chunk-data':
      case 'length':
        return this.#takeContent();
      case 'close':
        this.#content.push(this.#take(this.#pending.length));
        return false;
    }
  }

  #takeContent(): boolean {
    const part = this.#take(Math.min(this.#left, this.#pending.length));
    this.#content.push(part);
    this.#left -= part.length;
    if (this.#left > 0) return false;
    if (this.#state === 'length') this.done = true;
    else this.#state = 'chunk-end';
    return true;
  }

  /** RFC 9112 section 6.3, for a response. */
  #startMessage(head: ResponseHead): void {
    if (head.status >= 100 && head.status < 200 && head.status !== 101) {
      this.#interim.push(head);
      return;
    }
    this.#head = head;
    const length = fieldValues(head, 'content-length')[0];
    if (this.#method === 'HEAD' || head.status === 204 || head.status === 304) {
      this.#framing = 'none';
      this.done = true;
    } else if (/(^|,)\s*chunked$/i.test(fieldValues(head, 'transfer-encoding').join(','))) {
      this.#framing = 'chunked';
      this.#state = 'chunk-size';
    } else if (length !== undefined) {
      this.#framing = 'length';
      this.#state = 'length';
      this.#left = Number(length);
    } else {
      this.#state = 'close';
    }
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf('\r\n');
    return end < 0 ? undefined : this.#take(end + 2).toString('latin1', 0, end);
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { version: match[1], status: Number(match[2]), reason: match[3] ?? '', fields };
}
