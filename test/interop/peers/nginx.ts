// nginx in front of a uwsgi or HTTP upstream. Knows nginx's configuration language and nothing about what the upstream is; the
// parameter list it sends is the stock one, written here so that tests do not depend on a distribution's edits of it.

import fs from 'node:fs';
import path from 'node:path';
import { formatAddress, LOOPBACK, parseAddress, withFreePort } from './address.js';
import { findProgram, programOutput, startPeer, temporaryFolder, type HttpPeer } from './process.js';

export interface NginxOptions {
  /** `127.0.0.1:PORT` or `unix:/path`. */
  readonly upstream: string;
  /** What the upstream speaks. The buffering options and the time-outs are those of either. Default `uwsgi`. */
  readonly speaks?: 'uwsgi' | 'http';
  /** HTTP: idle connections to the upstream that each worker keeps; default none, and HTTP/1.0 as in nginx. */
  readonly keepalive?: number;
  /** uwsgi_request_buffering; default true, as in nginx. */
  readonly requestBuffering?: boolean;
  /** uwsgi_buffering (of the response); default true, as in nginx. */
  readonly responseBuffering?: boolean;
  readonly modifier1?: number;
  readonly modifier2?: number;
  /** `stock`: the uwsgi_params file of the nginx sources. `system`: /etc/nginx/uwsgi_params. `none`: no uwsgi_param. */
  readonly params?: 'stock' | 'system' | 'none';
  /** uwsgi_connect_timeout, uwsgi_send_timeout and uwsgi_read_timeout in seconds; default 30. */
  readonly timeoutSeconds?: number;
  /** uwsgi_buffer_size in KiB: the largest response head that passes; default 16. */
  readonly bufferSizeKiB?: number;
  /** Further locations: path to the text between the braces. `uwsgi_pass backend;` names the upstream. */
  readonly locations?: Readonly<Record<string, string>>;
  /** Further text inside `location / { }`, `server { }` or `http { }`. */
  readonly locationDirectives?: string;
  readonly serverDirectives?: string;
  readonly httpDirectives?: string;
}

export const SYSTEM_UWSGI_PARAMS = '/etc/nginx/uwsgi_params';

// conf/uwsgi_params of the nginx sources, name by name and in its order.
const STOCK_UWSGI_PARAMS = `
uwsgi_param QUERY_STRING    $query_string;
uwsgi_param REQUEST_METHOD  $request_method;
uwsgi_param CONTENT_TYPE    $content_type;
uwsgi_param CONTENT_LENGTH  $content_length;

uwsgi_param REQUEST_URI     $request_uri;
uwsgi_param PATH_INFO       $document_uri;
uwsgi_param DOCUMENT_ROOT   $document_root;
uwsgi_param SERVER_PROTOCOL $server_protocol;
uwsgi_param REQUEST_SCHEME  $scheme;
uwsgi_param HTTPS           $https if_not_empty;

uwsgi_param REMOTE_ADDR     $remote_addr;
uwsgi_param REMOTE_PORT     $remote_port;
uwsgi_param SERVER_PORT     $server_port;
uwsgi_param SERVER_NAME     $server_name;
`;

export const findNginx = (): string | undefined => findProgram('nginx');

export async function startNginx(options: NginxOptions): Promise<HttpPeer> {
  const program = findNginx();
  if (program === undefined) throw new Error('nginx is not installed');
  const version = /nginx\/(\S+)/.exec(programOutput(program, ['-v']))?.[1] ?? 'unknown';
  return withFreePort(async (port) => {
    const folder = await temporaryFolder('nginx');
    await fs.promises.writeFile(path.join(folder, 'uwsgi_params'), STOCK_UWSGI_PARAMS);
    await fs.promises.writeFile(path.join(folder, 'nginx.conf'), configuration(options, port));
    const peer = await startPeer({
      name: 'nginx',
      version,
      program,
      // -e: before it has read error_log, nginx writes to a file that only root may write. Unknown before 1.19.5.
      args: ['-p', folder, ...(isBefore(version, 1, 19, 5) ? [] : ['-e', 'stderr']), '-c', 'nginx.conf'],
      folder,
      address: { host: LOOPBACK, port },
      ready: /start worker process \d+/,
    });
    return Object.assign(peer, { port, url: `http://${LOOPBACK}:${port}` });
  });
}

function configuration(options: NginxOptions, port: number): string {
  const timeout = `${options.timeoutSeconds ?? 30}s`;
  const bufferSize = `${options.bufferSizeKiB ?? 16}k`;
  return `
daemon off;
pid nginx.pid;
worker_processes 2;
# The log goes to standard error. notice: the line that says a worker runs.
error_log stderr notice;
${process.getuid?.() === 0 ? 'user root;' : '# workers run as the user who started nginx'}
events { worker_connections 512; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path client_body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  # Room for one field line just under and just over what a vars block can carry, and for several large ones.
  large_client_header_buffers 8 68k;
  client_max_body_size 256m;
  client_header_timeout ${timeout};
  client_body_timeout ${timeout};
  send_timeout ${timeout};
  ${options.httpDirectives ?? ''}
  # max_fails: a test that makes the upstream fail must not make it disappear for the next test.
  upstream backend {
    server ${formatAddress(parseAddress(options.upstream))} max_fails=0;
    ${options.keepalive === undefined ? '' : `keepalive ${options.keepalive};`}
  }
  server {
    listen ${LOOPBACK}:${port};
    server_name localhost;
    ${paramsDirective(options.params ?? 'stock')}
    uwsgi_request_buffering ${onOff(options.requestBuffering ?? true)};
    uwsgi_buffering ${onOff(options.responseBuffering ?? true)};
    uwsgi_modifier1 ${options.modifier1 ?? 0};
    uwsgi_modifier2 ${options.modifier2 ?? 0};
    uwsgi_buffer_size ${bufferSize};
    uwsgi_buffers 8 ${bufferSize};
    uwsgi_connect_timeout ${timeout};
    uwsgi_send_timeout ${timeout};
    uwsgi_read_timeout ${timeout};
    ${options.serverDirectives ?? ''}
    proxy_request_buffering ${onOff(options.requestBuffering ?? true)};
    proxy_buffering ${onOff(options.responseBuffering ?? true)};
    proxy_connect_timeout ${timeout};
    proxy_send_timeout ${timeout};
    proxy_read_timeout ${timeout};
    ${options.keepalive === undefined ? '' : 'proxy_http_version 1.1; proxy_set_header Connection "";'}
    location / {
      ${options.speaks === 'http' ? 'proxy_pass http://backend;' : 'uwsgi_pass backend;'}
      ${options.locationDirectives ?? ''}
    }
    ${Object.entries(options.locations ?? {})
      .map(([prefix, text]) => `location ${prefix} {\n${text}\n}`)
      .join('\n')}
  }
}
`;
}

function paramsDirective(params: 'stock' | 'system' | 'none'): string {
  if (params === 'none') return '';
  return `include ${params === 'system' ? SYSTEM_UWSGI_PARAMS : 'uwsgi_params'};`;
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

function isBefore(version: string, ...than: number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of than.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
