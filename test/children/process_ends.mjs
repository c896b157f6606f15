// When a process with a server ends: GATEWIRE_TEST says what it does. The peer is a process of its own, so that nothing of it counts here.
import { spawn } from 'node:child_process'

const { createServer } = await import(new URL('server/index.js', process.argv[2]))
const way = process.env.GATEWIRE_TEST
const events = []
process.on('exit', () => { process.stdout.write(JSON.stringify(events)) })

const server = createServer({ protocol: 'http' }, async request => {
  events.push(request.get('PATH_INFO'))
  await new Promise(resolve => setTimeout(resolve, 50).unref())
  if (way === 'exit') process.exit(7)
  if (way === 'throw') setImmediate(() => { throw new Error('nobody catches this') })
  return { status: 200, headers: { connection: 'close' }, body: 'here' }
})
const { port } = await server.listen(0)
events.push('listening')

/** Begins a request, takes its time, and ends it. Gone when the response is there. */
function ask () {
  const script = `const socket = require('node:net').connect(${port}, '127.0.0.1', () => {
    socket.write('GET /asked HTTP/1.1\\r\\n')
    process.send('begun')
    setTimeout(() => socket.write('Host: a\\r\\n\\r\\n'), 300)
  })
  socket.resume()
  socket.on('error', () => {})
  socket.on('close', () => process.exit())`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  return new Promise(resolve => child.once('message', () => {
    child.disconnect()
    child.unref()
    resolve()
  }))
}

if (way === 'unref') {
  server.unref()
} else {
  await ask()
  // The server learns of the connection in the turn in which it can be accepted; one turn more, and it is there.
  await new Promise(resolve => setTimeout(resolve, 100))
  if (way === 'closed') void server.close().then(() => events.push('closed'))
  if (way === 'unref with a connection') server.unref()
  if (way === 'ref again') {
    server.unref()
    server.ref()
    setTimeout(() => { events.push('unref'); server.unref() }, 1000).unref()
  }
}
