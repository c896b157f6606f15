// One GET to a uwsgi server, without a front end: what stands in the packet is what a front end would put there.
// node ask.mjs [URL [PATH]]: URL is uwsgi://HOST:PORT or unix:/path, uwsgi://127.0.0.1:3031 if none is given.
import { request } from 'gatewire/client'

const [url = 'uwsgi://127.0.0.1:3031', target = '/'] = process.argv.slice(2)
const [path] = target.split('?', 1)

try {
  const response = await request(url, {
    vars: {
      REQUEST_METHOD: 'GET',
      REQUEST_URI: target,
      PATH_INFO: Buffer.from(decodeURIComponent(path)).toString('latin1'), // variables are bytes, one for each character
      QUERY_STRING: target.slice(path.length + 1),
      SCRIPT_NAME: '',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_HOST: 'localhost'
    }
  })
  console.log(response.status, response.reason)
  for (const [name, value] of response.headers) console.log(`${name}: ${value}`)
  console.log()
  for await (const bytes of response.content) process.stdout.write(bytes)
} catch (error) {
  console.error(`No response from ${url}: ${error.message}`)
  process.exitCode = 1
}
