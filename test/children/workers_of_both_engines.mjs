// One worker thread for each engine of argv[3], and this thread between them, decode the same heads at the same time. Each reports what it
// runs by and how many it got wrong.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const ROUNDS = 3000

async function decodeMany (entry) {
  const { decodeHttp, decodeUwsgi, encodeUwsgi, engine } = await import(entry)
  let wrong = 0
  for (let i = 0; i < ROUNDS; i++) {
    const name = `X_${i % 300}`
    const packet = encodeUwsgi({ REQUEST_METHOD: 'GET', [`HTTP_${name}`]: `v${i}`, PATH_INFO: `/${i}` })
    const head = decodeHttp(Buffer.from(`GET /${i} HTTP/1.1\r\nHost: h\r\n${name.replace('_', '-')}: v${i}\r\n\r\n`))
    for (const { environ } of [decodeUwsgi(packet), head]) if (environ[`HTTP_${name}`] !== `v${i}` || environ.PATH_INFO !== `/${i}`) wrong++
  }
  return { engine, wrong }
}

if (isMainThread) {
  const [, , entry, engines] = process.argv
  const reports = engines.split(',').map(engine => new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: entry, env: { ...process.env, GATEWIRE_ENGINE: engine } }).on('message', resolve).on('error', reject)
  }))
  const own = await decodeMany(entry)
  process.stdout.write(JSON.stringify([...await Promise.all(reports), own]))
} else {
  parentPort.postMessage(await decodeMany(workerData))
}
