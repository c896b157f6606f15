// Four threads that use the package at once, the main one among them; reports what came of it in each.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import * as codec from 'gatewire'
import * as client from 'gatewire/client'
import * as server from 'gatewire/server'
import { exercise } from './exercise.cjs'

const work = exercise(codec, server, client)
if (isMainThread) {
  const threads = Array.from({ length: 3 }, () => new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url)).on('message', resolve).on('error', reject)
  }))
  process.stdout.write(JSON.stringify(await Promise.all([work, ...threads])))
} else {
  parentPort.postMessage(await work)
}
