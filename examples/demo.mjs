// npm start: a small application behind uwsgi, and how to reach it with and without nginx.
// npm start -- ADDRESS...   listens elsewhere, such as 127.0.0.1:3032 or unix:/tmp/mine.sock
import { subscribe } from 'node:diagnostics_channel'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createServer } from 'gatewire/server'

const given = process.argv.slice(2)
const addresses = given.length > 0 ? given : ['127.0.0.1:3031', `unix:${path.join(tmpdir(), 'gatewire-demo.sock')}`]

/** The pages of the demo, by PATH_INFO. */
const pages = {
  '/': request => text(`Hello from gatewire, ${request.get('REMOTE_ADDR') || 'whoever you are'}.
/environ  what the front end has sent
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
        listen 8080;
        location / {
            include uwsgi_params;
            uwsgi_pass ${address};
        }
    }`
}

const server = createServer({ protocol: 'uwsgi' }, handler)
for (const address of addresses) {
  try {
    // The demo is for everybody on this machine, as its TCP port is: nginx runs as another user.
    await server.listen(address, { mode: 0o666 })
  } catch (error) {
    console.error(`The demo cannot listen on ${address}: ${error.message}`)
    console.error('Other addresses: npm start -- 127.0.0.1:3032 unix:/tmp/mine.sock')
    await server.close()
    process.exit(1)
  }
}

const [first] = addresses
console.log(`gatewire demo: uwsgi on ${addresses.join(' and ')}

Behind nginx, for one of them, in its http block:

${addresses.map(nginx).join('\n\n')}

  curl http://127.0.0.1:8080/environ

Without nginx, from this folder, through the package's own client:

  node examples/try.mjs ${first.startsWith('unix:') ? first : `uwsgi://${first}`} /environ

Ctrl+C stops it.
`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
