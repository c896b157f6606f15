// One round of everything that the codec does, for children that disturb it: with threads that end, with a collector that runs all the
// time. Gives what came out as text.
const bytes = text => Buffer.from(text, 'latin1')
const upload = bytes('POST /a%20b?c HTTP/1.1\r\nHost: h\r\nCookie: a\r\nCookie: b\r\nX-Long: ' + 'x'.repeat(3000) +
  '\r\nTransfer-Encoding: chunked\r\n\r\n5;x="y"\r\nabcde\r\n400\r\n' + 'z'.repeat(1024) +
  '\r\n0\r\nA: b\r\nC: d\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n')
const answer = bytes('HTTP/1.1 100 Continue\r\n\r\nStatus: 404 No\r\nA: b\r\nContent-Length: 5\r\n\r\nhello')
const text = part => Buffer.from(part).toString('latin1')

export function round (codec, number) {
  const { decodeHttp, decodeUwsgi, decodeUwsgiArray, encodeResponseHead, encodeUwsgi, RequestDecoder, ResponseDecoder,
    transcodeHttpToUwsgi, wsgiEnviron } = codec
  const told = []
  const stream = (decoder, given, size) => {
    for (let at = 0; at < given.length; at += size) {
      decoder.push(Uint8Array.from(given.subarray(at, at + size)))
      for (const event of decoder) {
        if (event.type === 'head') told.push(JSON.stringify(event.head.environ ?? event.head.headers), JSON.stringify(event.head.framing))
        else told.push(event.type === 'content' ? text(event.bytes) : JSON.stringify(event))
      }
    }
    decoder.end()
  }
  const vars = [['REQUEST_METHOD', 'GET'], ['NUMBER', `${number % 100}`], [`HTTP_X_${number % 13}`, 'y'.repeat(number % 50)],
    ['HTTP_A', '1'], ['HTTP_A', '2']]
  const packet = encodeUwsgi(vars, { modifier1: number % 256, set: { NEW: 'x', HTTP_A: undefined } })
  const head = decodeUwsgi(Uint8Array.from(packet))
  const request = decodeHttp(Uint8Array.from(upload), { mount: '', underscores: 'keep' })
  const { packet: made, head: same } = transcodeHttpToUwsgi(Uint8Array.from(upload), { set: { NEW: 'x' }, modifier1: 5 })
  stream(new RequestDecoder({ protocol: 'http', connection: { remotePort: number % 60000 } }), upload, 700)
  stream(new RequestDecoder({ protocol: 'uwsgi' }), Buffer.concat([encodeUwsgi([...vars, ['CONTENT_LENGTH', '5']]), bytes('hello')]), 30)
  stream(new ResponseDecoder(), answer, 9)
  told.push(JSON.stringify(head.fields()), JSON.stringify(head.environ), text(head.getBytes('NUMBER')),
    JSON.stringify(head.detach().environ))
  told.push(JSON.stringify(request.fields()), request.get('HTTP_COOKIE'), JSON.stringify(wsgiEnviron(same, { input: 1, errors: 2 })))
  told.push(text(made), encodeResponseHead(200 + number % 100, [['a', 'b'], ['c', 'd'.repeat(number % 30)]]).toString())
  told.push(decodeUwsgiArray(Uint8Array.of(173, 6, 0, 0, 1, 0, 65, 1, 0, 66)).items.map(text).join())
  return told.join('\n')
}
