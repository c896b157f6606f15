// A client that opens connections, sends some requests on each, one after the other, and then holds them. Its argument: as JSON the server's
// address, how many connections and requests, and the address to come from, so that ports do not run short. Knows no server.
import { once } from 'node:events'
import { connect } from 'node:net'
import { liveWithParent } from './parent.mjs'
import { BODY } from './servers/answer.mjs'

const { address, connections, requests, localAddress } = JSON.parse(process.argv[2])
const [host, port] = address.split(':')
const AT_ONCE = 100

const REQUEST = `GET /a/page?of=some&length=1 HTTP/1.1\r
Host: www.example.test\r
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r
Accept-Encoding: gzip, deflate, br\r
Accept-Language: en-GB,en;q=0.9\r
Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r
\r
`
let open = 0

async function hold () {
  const socket = connect({ host, port, localAddress })
  socket.once('close', () => open--)
  await once(socket, 'connect')
  open++
  for (let i = 0; i < requests; i++) {
    socket.write(REQUEST)
    for (let received = ''; !received.endsWith(BODY);) {
      const [bytes] = await once(socket, 'data')
      received += bytes.latin1Slice()
    }
  }
}

let started = 0
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  while (started < connections) {
    started++
    await hold()
  }
}))
liveWithParent(open, { open: () => open })
