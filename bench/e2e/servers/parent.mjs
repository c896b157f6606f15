// What a server of bench/e2e has to do with the process that has started it. Knows no server.

/** Tells where it listens, collects garbage when asked to (with --expose-gc), and ends when the parent does. */
export function liveWithParent (address) {
  process.on('message', message => {
    if (message !== 'collect') return
    globalThis.gc()
    process.send('collected')
  })
  process.once('disconnect', () => process.exit())
  process.send(typeof address === 'string' ? `unix:${address}` : `${address.address}:${address.port}`)
}
