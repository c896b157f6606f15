// An application in the shape of WSGI. It knows no server: what it may know of a request is in the environ.

/** Values of an environ have one character for each byte. */
const bytesOf = value => Buffer.from(value, 'latin1')

export default function app (environ, startResponse) {
  const page = pages[`${environ.REQUEST_METHOD} ${environ.PATH_INFO}`] ?? notFound
  return page(environ, startResponse)
}

const pages = {
  'GET /' (environ, startResponse) {
    const host = environ.HTTP_HOST ?? `${environ.SERVER_NAME}:${environ.SERVER_PORT}`
    startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']])
    return [bytesOf(`This is ${environ['wsgi.url_scheme']}://${host}${environ.SCRIPT_NAME}${environ.PATH_INFO}\n`)]
  },

  /** Numbers the lines of the content. */
  'POST /lines' (environ, startResponse) {
    startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']])
    return [...environ['wsgi.input']].flatMap((line, i) => [Buffer.from(`${i + 1} `), line])
  },

  /** A generator: what it yields is sent as it comes. */
  async * 'GET /count' (environ, startResponse) {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    for (let i = 1; i <= 5; i++) {
      yield Buffer.from(`${i}\n`)
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
}

function notFound (environ, startResponse) {
  environ['wsgi.errors'].write(`There is no page ${JSON.stringify(environ.PATH_INFO)}.\n`)
  startResponse('404 Not Found', [['Content-Type', 'text/plain']])
  return [Buffer.from('There is no such page.\n')]
}
