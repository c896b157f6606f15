// Three requests in one write, on one connection: the responses come in their order.
// node pipeline.mjs [PORT]
import net from 'node:net'

const request = (path, connection) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`

const socket = net.connect(Number(process.argv[2] ?? 8080), '127.0.0.1')
socket.on('error', error => {
  console.error(`No response: ${error.message}`)
  process.exitCode = 1
})
// The last one asks the server to close when it has answered, so the end of its bytes is the end of this program.
socket.end(request('/first', 'keep-alive') + request('/second', 'keep-alive') + request('/third', 'close'))
socket.pipe(process.stdout)
