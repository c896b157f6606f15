// An application for the gateway of examples/wsgi-in-js: pages that use every corner of PEP 3333, under a validator with the ideas of Python's
// wsgiref.validate. What the validator finds fault with is thrown, and so answered with 500.
const text = [['Content-Type', 'text/plain']]
const bytes = value => Buffer.from(value, 'latin1')
const closings = { made: 0, closed: 0 }

/** An iterable that wants to be closed. */
function closing (pieces) {
  closings.made++
  return { [Symbol.iterator]: () => pieces[Symbol.iterator](), close: () => { closings.closed++ } }
}

function * forever () {
  for (;;) yield Buffer.alloc(65536)
}

const pages = {
  '/environ' (environ, startResponse) {
    startResponse('200 OK', [['Content-Type', 'application/json']])
    return [Buffer.from(JSON.stringify({ ...environ, 'wsgi.input': null, 'wsgi.errors': null }))]
  },
  '/read' (environ, startResponse) {
    const input = environ['wsgi.input']
    const read = [input.read(3), input.read(0), input.readline(), input.readline(2), input.readline(), ...input.readlines(), input.read(), input.readline()]
    startResponse('200 OK', text)
    return [Buffer.from(JSON.stringify(read.map(String)))]
  },
  '/errors' (environ, startResponse) {
    environ['wsgi.errors'].write('one\n')
    environ['wsgi.errors'].writelines(['two\n', 'three\n'])
    environ['wsgi.errors'].flush()
    startResponse('204 No Content', [])
    return []
  },
  '/write' (environ, startResponse) {
    const write = startResponse('200 OK', text)
    write(bytes('a'))
    write(bytes('b'))
    return closing([bytes('c'), bytes('d')])
  },
  /** Says something only after an empty piece. */
  * '/generator' (environ, startResponse) {
    yield bytes('')
    startResponse('200 OK', [...text, ['X-Page', 'generator']])
    yield bytes('')
    yield bytes('x')
    yield bytes('y')
  },
  * '/changed' (environ, startResponse) {
    startResponse('200 OK', text)
    yield bytes('')
    startResponse('503 Changed', text, new Error('asked for by the test'))
    yield bytes('changed')
  },
  * '/late' (environ, startResponse) {
    startResponse('200 OK', text)
    yield bytes('begun')
    startResponse('500 Late', text, new Error('asked for by the test'))
  },
  '/twice' (environ, startResponse) {
    startResponse('200 OK', text)
    startResponse('200 OK', text)
    return []
  },
  '/silent': () => closing([bytes('x')]),
  async '/later' (environ, startResponse) {
    await new Promise(resolve => setTimeout(resolve, 5))
    startResponse('200 OK', text)
    return closing([bytes('later')])
  },
  '/forever' (environ, startResponse) {
    startResponse('200 OK', text)
    return closing(forever())
  },
  '/closings' (environ, startResponse) {
    startResponse('200 OK', text)
    return [Buffer.from(JSON.stringify(closings))]
  }
}

function check (holds, what) {
  if (!holds) throw new Error(`the gateway is not as PEP 3333 has it: ${what}`)
}

function checkEnviron (environ) {
  check(Object.getPrototypeOf(environ)?.toString === undefined, 'an environ that inherits something')
  for (const name of ['REQUEST_METHOD', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL']) {
    check(typeof environ[name] === 'string', name)
  }
  for (const [name, value] of Object.entries(environ)) check(name.startsWith('wsgi.') || (typeof value === 'string' && /^[\0-\xFF]*$/.test(value)), name)
  for (const name of ['read', 'readline', 'readlines', Symbol.iterator]) check(typeof environ['wsgi.input'][name] === 'function', `input.${String(name)}`)
  for (const name of ['flush', 'write', 'writelines']) check(typeof environ['wsgi.errors'][name] === 'function', `errors.${name}`)
  const nothing = environ['wsgi.input'].read(0)
  check(nothing instanceof Uint8Array && nothing.length === 0, 'input.read(0)')
  check(String(environ['wsgi.version']) === '1,0', 'wsgi.version')
  for (const name of ['multithread', 'multiprocess', 'run_once']) check(environ[`wsgi.${name}`] === false, name)
}

export default function validated (environ, startResponse) {
  checkEnviron(environ)
  const page = Object.hasOwn(pages, environ.PATH_INFO) ? pages[environ.PATH_INFO] : pages['/closings']
  return page(environ, (...said) => {
    const write = startResponse(...said)
    check(typeof write === 'function', 'startResponse gives no write')
    return write
  })
}
