// Run with --expose-gc: heads, byte views and environs are kept while everything else is dropped and collected, then asked again.
const { decodeUwsgi, decodeUwsgiArray, encodeUwsgi, RequestDecoder } = await import(process.argv[2])
let wrong = 0
const varsOf = i => [['REQUEST_METHOD', 'GET'], ['NUMBER', `${i}`], [`HTTP_X_${i % 13}`, `${i}`.repeat(i % 50)],
  ['HTTP_X_LONG', 'x'.repeat(i % 7 === 0 ? 6000 : 5)]]

for (let round = 0; round < 6; round++) {
  const kept = Array.from({ length: 60 }, (_, i) => {
    const vars = varsOf(i)
    // Nothing but the head, or the view, keeps these bytes.
    const head = decodeUwsgi(Uint8Array.from(encodeUwsgi(vars)))
    if (i % 10 === round) globalThis.gc()
    const decoder = new RequestDecoder({ protocol: 'uwsgi' })
    for (const byte of encodeUwsgi(vars).subarray(0, 300)) decoder.push(Uint8Array.of(byte))
    decoder.next()
    decoder.push(Uint8Array.from(encodeUwsgi(vars).subarray(300)))
    return { vars, head, decoder, view: decodeUwsgi(Uint8Array.from(encodeUwsgi(vars))).getBytes('NUMBER'),
      environ: decodeUwsgi(encodeUwsgi(vars)).environ }
  })
  globalThis.gc()
  for (let i = 0; i < 3000; i++) decodeUwsgi(encodeUwsgi(varsOf(i)))
  decodeUwsgiArray(encodeUwsgi([]))
  globalThis.gc()
  for (const { vars, head, decoder, view, environ } of kept) {
    const streamed = decoder.next()?.head ?? decodeUwsgi(encodeUwsgi(vars))
    const right = JSON.stringify(head.fields()) === JSON.stringify(vars) &&
      JSON.stringify(Object.entries(environ)) === JSON.stringify(vars) &&
      JSON.stringify(Object.entries(streamed.environ)) === JSON.stringify(vars) &&
      Buffer.from(view).toString('latin1') === vars[1][1] && encodeUwsgi(head.detach()).equals(encodeUwsgi(vars))
    if (!right) wrong++
  }
}
process.stdout.write(JSON.stringify({ wrong }))
