// A uwsgi server that fails in the way that the path of a request asks for. Knows of packets only that PATH_INFO is in them.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A body of which one half is sent. */
export const SIZE = 100_000
const HALF = 'x'.repeat(SIZE / 2)
const SIZED = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${SIZE}\r\n\r\n`
const UNSIZED = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n'

/** Sends something and, when it has left, does something else. */
const after = (text: string, then: (socket: Socket) => void) => (socket: Socket): void => {
  socket.write(text, () => setTimeout(() => then(socket), 20))
}
const end = (socket: Socket): void => { socket.end() }
const reset = (socket: Socket): void => { socket.resetAndDestroy() }
const silence = (): void => {}

const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  'good': after(`${SIZED}${HALF}${HALF}`, end),
  'ends-before-answer': end,
  'resets-before-answer': reset,
  'ends-in-head': after('HTTP/1.1 200 OK\r\nContent-', end),
  'resets-in-head': after('HTTP/1.1 200 OK\r\nContent-', reset),
  'is-no-http': after('220 mail.example.test ESMTP\r\n', end),
  'ends-behind-head': after(SIZED, end),
  'ends-in-body': after(SIZED + HALF, end),
  'resets-in-body': after(SIZED + HALF, reset),
  'resets-unsized': after(UNSIZED + HALF, reset),
  'never-answers': silence,
  'never-reads': socket => {
    socket.pause()
    setTimeout(() => socket.resume(), 3000) // to notice that nobody is there any more
  },
  'stalls-in-head': after('HTTP/1.1 200 OK\r\nContent-', silence),
  'stalls-in-body': after(SIZED + HALF, silence)
}

export interface FailingBackEnd {
  readonly port: number
  /** Connections that are open. */
  open (): number
}

/** Until the end of the test. */
export async function startFailingBackEnd (): Promise<FailingBackEnd> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('end', () => end(socket))
    socket.once('data', bytes => {
      const way = /\/([a-z-]+)\./.exec(bytes.toString('latin1'))?.[1] ?? ''
      WAYS[way]!(socket)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, open: () => sockets.size }
}
