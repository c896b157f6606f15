// Clients of a server that runs in the main thread, in a worker: the main thread can stand still while they send, so that everything they
// sent is there in one turn of its event loop.
import { connect } from 'node:net'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

/** Lets one connection for each path ask for it, all at once, after a first request. The statuses, by path; 0: closed without one. */
export async function askAtOnce (port, paths) {
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { port, paths, sent } })
  const next = () => new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
  await next()
  worker.postMessage('send')
  Atomics.wait(sent, 0, 0)
  return await next()
}

function responses (text) {
  return text.split('HTTP/1.1 ').slice(1).map(response => Number(response.slice(0, 3)))
}

if (!isMainThread && workerData?.sent !== undefined) {
  const { port, paths, sent } = workerData
  const get = path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
  const peers = await Promise.all(paths.map(() => new Promise(resolve => {
    const peer = { socket: connect(port, '127.0.0.1'), text: '', ended: false }
    peer.socket.on('data', bytes => { peer.text += bytes.toString('latin1'); resolve(peer) })
    peer.socket.on('error', () => {})
    peer.socket.on('close', () => { peer.ended = true; resolve(peer) })
    peer.socket.write(get('/first'))
  })))
  parentPort.once('message', async () => {
    peers.forEach(({ socket }, i) => socket.write(get(paths[i])))
    Atomics.store(sent, 0, 1)
    Atomics.notify(sent, 0)
    for (const peer of peers) {
      while (!peer.ended && responses(peer.text).length < 2) await new Promise(resolve => setTimeout(resolve, 5))
      peer.socket.destroy()
    }
    parentPort.postMessage(Object.fromEntries(peers.map(({ text }, i) => [paths[i], responses(text)[1] ?? 0])))
  })
  parentPort.postMessage('ready')
}
