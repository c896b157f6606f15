// What every consumer does with the package, whichever way it has loaded it: decodes, encodes, and serves requests over HTTP and uwsgi, of which
// one comes from the client. Plain CommonJS, which every runtime loads; knows no runtime.

/** The reasons of an error, from the outermost on: codes, and messages where there are none. */
function reasons (error) {
  return error === undefined ? [] : [error.code ?? error.message, ...reasons(error.cause)]
}

function events (protocol, bytes, RequestDecoder) {
  const decoder = new RequestDecoder({ protocol })
  decoder.push(bytes)
  return Array.from(decoder, ({ type }) => type)
}

function refusal (decodeHttp, ProtocolError) {
  try {
    return decodeHttp(Buffer.from('GET  / HTTP/1.1\r\n'))
  } catch (error) {
    return [error instanceof ProtocolError, error.code, error.status, error.offset]
  }
}

/** Serves one request, and tells what listened: a server of node:net is a resource of Node's, and one that has only bound closes first. */
async function served ({ createServer }, protocol, ask) {
  const server = createServer({ protocol }, async request => ({ status: 200, headers: { 'X-Path': request.get('PATH_INFO') }, body: await request.text() }))
  const { port } = await server.listen('127.0.0.1:0')
  try {
    for (let turns = 0; turns < 2; turns++) await new Promise(resolve => setImmediate(resolve))
    const transport = process.getActiveResourcesInfo?.().includes('TCPServerWrap') ? 'net' : 'native'
    return { transport, answer: await ask(port) }
  } finally {
    await server.close()
  }
}

exports.exercise = async (codec, server, client) => {
  const { decodeHttp, decodeUwsgi, encodeResponseHead, encodeUwsgi, engine, engineError, ProtocolError, RequestDecoder, transcodeHttpToUwsgi } = codec
  const vars = { REQUEST_METHOD: 'POST', PATH_INFO: '/caf\xe9', CONTENT_LENGTH: '5' }
  const packet = encodeUwsgi(vars)
  const http = await served(server, 'http', async port => {
    const response = await fetch(`http://127.0.0.1:${port}/over%20http`, { method: 'POST', body: 'hello' })
    return [response.status, response.headers.get('x-path'), await response.text()]
  })
  const uwsgi = await served(server, 'uwsgi', async port => {
    const response = await client.request(`uwsgi://127.0.0.1:${port}`, { vars, content: 'hello' })
    return [response.status, new Map(response.headers).get('X-Path'), await response.text()]
  })
  return {
    engine, why: reasons(engineError), transports: [http.transport, uwsgi.transport],
    answers: {
      environ: { ...decodeUwsgi(packet).environ },
      transcoded: decodeUwsgi(transcodeHttpToUwsgi(Buffer.from('GET /a%20b?c HTTP/1.1\r\nHost: h\r\n\r\n')).packet).get('PATH_INFO'),
      refused: refusal(decodeHttp, ProtocolError),
      uwsgiEvents: events('uwsgi', Buffer.concat([packet, Buffer.from('hello')]), RequestDecoder),
      httpEvents: events('http', Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'), RequestDecoder),
      responseHead: encodeResponseHead(200, { A: 'b' }).toString('latin1'),
      http: http.answer, uwsgi: uwsgi.answer
    }
  }
}
