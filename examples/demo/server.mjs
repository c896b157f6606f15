// npm start: a small application over HTTP and behind uwsgi, and how to reach it with and without nginx.
// npm start -- ADDRESS...   listens elsewhere: http://127.0.0.1:8081 for HTTP; 127.0.0.1:3032 or unix:/tmp/mine.sock for uwsgi
import { subscribe } from 'node:diagnostics_channel'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createServer } from 'gatewire/server'

const given = process.argv.slice(2)
const HTTP = 'http://'
const addresses = given.length > 0 ? given : [`${HTTP}127.0.0.1:8080`, '127.0.0.1:3031', `unix:${path.join(tmpdir(), 'gatewire-demo.sock')}`]
const urls = addresses.filter(address => address.startsWith(HTTP))
const uwsgi = addresses.filter(address => !address.startsWith(HTTP))

/** The pages of the demo, by PATH_INFO. */
const pages = {
  '/': request => text(`Hello from gatewire, ${request.get('REMOTE_ADDR') || 'whoever you are'}.
/environ  the variables of the request
/echo     the content of a POST, sent back
/count    a response that comes line by line
`),
  '/environ': request => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: `${JSON.stringify(request.environ, null, 2)}\n`
  }),
  '/echo': request => ({
    status: 200,
    headers: {
      'Content-Type': request.get('CONTENT_TYPE') || 'application/octet-stream',
      'Content-Length': request.get('CONTENT_LENGTH') || '0'
    },
    body: request.content
  }),
  '/count': request => ({ status: 200, headers: { 'Content-Type': 'text/plain', 'X-Accel-Buffering': 'no' }, body: count(request.signal) })
}

function text (body, status = 200) {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

async function * count (signal) {
  for (let i = 1; i <= 5 && !signal.aborted; i++) {
    yield `${i}\n`
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

function handler (request) {
  const path = request.get('PATH_INFO') ?? '/'
  return Object.hasOwn(pages, path) ? pages[path](request) : text('There is no such page.\n', 404)
}

subscribe('gatewire:response', ({ request, status }) => {
  // What a client sent may hold control characters, which must not reach a terminal.
  console.log(status, JSON.stringify(request.get('REQUEST_METHOD')), JSON.stringify(request.get('REQUEST_URI') ?? request.get('PATH_INFO')))
})
subscribe('gatewire:refused', ({ error }) => console.log('refused:', error.message))
subscribe('gatewire:error', ({ error }) => console.error(error))

function nginx (address) {
  return `    server {
        listen 8081;
        location / {
            include uwsgi_params;
            uwsgi_pass ${address};
        }
    }`
}

// One handler for both protocols.
const servers = { http: createServer({ protocol: 'http' }, handler), uwsgi: createServer({ protocol: 'uwsgi' }, handler) }
const close = () => Promise.all(Object.values(servers).map(server => server.close()))

for (const address of addresses) {
  try {
    // The demo is for everybody on this machine, as its TCP ports are: nginx runs as another user.
    if (urls.includes(address)) await servers.http.listen(address.slice(HTTP.length).replace(/\/$/, ''))
    else await servers.uwsgi.listen(address, { mode: 0o666 })
  } catch (error) {
    console.error(`The demo cannot listen on ${address}: ${error.message}`)
    console.error('Other addresses: npm start -- http://127.0.0.1:8082 127.0.0.1:3032 unix:/tmp/mine.sock')
    await close()
    process.exit(1)
  }
}

if (urls.length > 0) {
  console.log(`gatewire demo: HTTP on ${urls.join(' and ')}

  curl ${urls[0]}/environ
`)
}
if (uwsgi.length > 0) {
  console.log(`gatewire demo: uwsgi on ${uwsgi.join(' and ')}
`)
  // The address that examples/behind-nginx/nginx.conf has.
  if (uwsgi.includes('127.0.0.1:3031')) {
    console.log(`nginx in front of it, as you and from this folder:

  nginx -e stderr -p examples/behind-nginx -c nginx.conf
  curl http://127.0.0.1:8081/environ
`)
  }
  console.log(`For an nginx that is there already, one of these, in its http block:

${uwsgi.map(nginx).join('\n\n')}

  curl http://127.0.0.1:8081/environ

Without nginx, from this folder, through the package's own client:

  node examples/uwsgi-hello/ask.mjs ${uwsgi[0].startsWith('unix:') ? uwsgi[0] : `uwsgi://${uwsgi[0]}`} /environ
`)
}
console.log('Ctrl+C stops it.')

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
