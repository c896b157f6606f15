// What a process of bench/e2e has to do with the one that has started it. The other side: child.mjs. Knows no server.

/** Says something at first, answers questions by their names, and ends when the parent does. */
export function liveWithParent (first, answers) {
  process.on('message', question => process.send(answers[question]()))
  process.once('disconnect', () => process.exit())
  process.send(first)
}

/** The same for a server: says where it listens, and collects garbage when told to (with --expose-gc). */
export function serveForParent (address) {
  liveWithParent(typeof address === 'string' ? `unix:${address}` : `${address.address}:${address.port}`, {
    collect () {
      globalThis.gc()
      return 'collected'
    }
  })
}
