// An application for nginx.conf, beside this file: a form, and a response that comes line by line, over TCP and over a unix socket.
// node app.mjs [ADDRESS...]: 127.0.0.1:3031 and unix:app.sock, in the working directory, if none is given.
import { createServer } from 'gatewire/server'

const addresses = process.argv.length > 2 ? process.argv.slice(2) : ['127.0.0.1:3031', 'unix:app.sock']

const html = body => ({ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: `<!doctype html>\n${body}\n` })
const escaped = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

/** By method and path. */
const pages = {
  'GET /': request => html(`<p>Hello ${escaped(request.get('REMOTE_ADDR'))}.
<form method="post" action="/greeting"><input name="name" placeholder="your name"> <button>Send</button></form>
<p><a href="/count">A response that takes a second</a>`),

  async 'POST /greeting' (request) {
    const form = new URLSearchParams(await request.text()) // as large as maxContentBytes at most
    return html(`<p>Hello ${escaped(form.get('name') ?? 'nobody')}.`)
  },

  'GET /count': request => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain', 'X-Accel-Buffering': 'no' }, // nginx: hand on every line at once
    body: count(request.signal)
  })
}

/** Five lines, or fewer when nobody waits for them any more. */
async function * count (signal) {
  for (let i = 1; i <= 5 && !signal.aborted; i++) {
    yield `${i}\n`
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

const server = createServer({ protocol: 'uwsgi', limits: { maxContentBytes: 100_000 } }, request => {
  const name = `${request.get('REQUEST_METHOD')} ${request.get('PATH_INFO')}`
  return Object.hasOwn(pages, name) ? pages[name](request) : { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'There is no such page.\n' }
})

// 0o666: for everybody on this machine, as the TCP port is. Where that is too many, 0o660, and nginx in the group of the socket.
for (const address of addresses) await server.listen(address, { mode: 0o666 })
console.log(`uwsgi on ${addresses.join(' and ')}. In front of it: nginx -e stderr -p "$PWD" -c nginx.conf`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
