// What a Node user has today for HTTP, as functions: a whole environ from one complete request head. nodeHttp and splitHttp are the reference
// that the goals are stated against, so they stay as they are. None of them checks what has to be checked before a request may be passed on;
// llhttp and http-parser-js check some of it. Packets from these environs: oneString in plain_uwsgi.mjs.
import { createRequire } from 'node:module'
import { HTTPParser as ScriptParser, methods as scriptMethods } from 'http-parser-js'
import { METHODS as wasmMethods, TYPE as wasmTypes } from 'undici/lib/llhttp/constants.js'
import wasmBytes from 'undici/lib/llhttp/llhttp_simd-wasm.js'

const cgi = name => 'HTTP_' + name.toUpperCase().replaceAll('-', '_')
const start = (method, url, version) => {
  const q = url.indexOf('?')
  return { REQUEST_METHOD: method, SCRIPT_NAME: '', PATH_INFO: q < 0 ? url : url.slice(0, q), QUERY_STRING: q < 0 ? '' : url.slice(q + 1), REQUEST_URI: url, SERVER_PROTOCOL: version }
}

let made
/** An environ of what a parser with Node's interface hands over: fields are one list of names and values. */
function take (major, minor, headers, method, url) {
  const o = start(method, url, `HTTP/${major}.${minor}`)
  for (let i = 0; i < headers.length; i += 2) o[cgi(headers[i])] = headers[i + 1]
  made = o
  return 0
}

const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common')
const nodeParser = new HTTPParser()
const onHead = (major, minor, headers, method, url) => take(major, minor, headers, methods[method], url)
/** Through llhttp and Node's binding of it, then a loop. More than 32 fields would come in several calls: not handled here. */
export function nodeHttp (b) {
  nodeParser.initialize(HTTPParser.REQUEST, {})
  nodeParser[HTTPParser.kOnHeadersComplete | 0] = onHead
  nodeParser.execute(b, 0, b.length)
  return made
}

/** With split, as servers are written by hand. */
export function splitHttp (b) {
  const lines = b.latin1Slice(0, b.length).split('\r\n'); const [method, url, version] = lines[0].split(' '); const o = start(method, url, version)
  for (let i = 1; lines[i]; i++) { const c = lines[i].indexOf(':'); o[cgi(lines[i].slice(0, c))] = lines[i].slice(c + 1).trim() }
  return o
}

const keys = new Map()
/** The careful way: one string, line ends and colons looked for, keys made once for each name. Takes it that one space follows each colon. */
export function indexOfHttp (b) {
  const s = b.latin1Slice(0, b.length); const afterMethod = s.indexOf(' '); const end = s.indexOf('\n', afterMethod); const afterUrl = s.indexOf(' ', afterMethod + 1)
  const o = start(s.slice(0, afterMethod), s.slice(afterMethod + 1, afterUrl), s.slice(afterUrl + 1, end - 1))
  for (let p = end + 1; s.charCodeAt(p) !== 13;) {
    const colon = s.indexOf(':', p); const lineFeed = s.indexOf('\n', colon); const name = s.slice(p, colon)
    let key = keys.get(name); if (key === undefined) keys.set(name, key = cgi(name))
    o[key] = s.slice(colon + 2, lineFeed - 1); p = lineFeed + 1
  }
  return o
}

ScriptParser.encoding = 'latin1'
const scriptParser = new ScriptParser()
scriptParser[ScriptParser.kOnHeadersComplete] = info => take(info.versionMajor, info.versionMinor, info.headers, scriptMethods[info.method], info.url)
/** Through http-parser-js, a parser in JavaScript with the interface of Node's. */
export function scriptHttp (b) {
  scriptParser.initialize(ScriptParser.REQUEST)
  scriptParser.execute(b, 0, b.length)
  return made
}

const nameOfMethod = Object.fromEntries(Object.entries(wasmMethods).map(([name, number]) => [number, name]))
let wasmHead, wasmFields, wasmTarget
const cut = (at, length) => wasmHead.latin1Slice(at - wasmBuffer, at - wasmBuffer + length)
const add = (_, at, length) => { wasmFields.push(cut(at, length)); return 0 }
const nothing = () => 0
const { exports: wasm } = new WebAssembly.Instance(new WebAssembly.Module(wasmBytes), {
  env: {
    wasm_on_message_begin: nothing,
    wasm_on_url: (_, at, length) => { wasmTarget = cut(at, length); return 0 },
    wasm_on_status: nothing,
    wasm_on_header_field: add,
    wasm_on_header_value: add,
    wasm_on_headers_complete: p => take(wasm.llhttp_get_http_major(p), wasm.llhttp_get_http_minor(p), wasmFields, nameOfMethod[wasm.llhttp_get_method(p)], wasmTarget),
    wasm_on_body: nothing,
    wasm_on_message_complete: nothing
  }
})
wasm._initialize()
const wasmParser = wasm.llhttp_alloc(wasmTypes.REQUEST)
let wasmBuffer = 0
let wasmBufferSize = 0
/**
 * Through llhttp as WebAssembly, which undici has for responses and which reads requests as well, then the loop. Driven as undici's client does,
 * but each name and value is made a string at once, which costs less than undici's Buffer for each of them. Takes it that a name or value comes
 * in one piece, as it does when the head does.
 */
export function undiciHttp (b) {
  if (b.length > wasmBufferSize) {
    if (wasmBuffer !== 0) wasm.free(wasmBuffer)
    wasmBufferSize = Math.ceil(b.length / 4096) * 4096
    wasmBuffer = wasm.malloc(wasmBufferSize)
  }
  new Uint8Array(wasm.memory.buffer, wasmBuffer, wasmBufferSize).set(b)
  wasmHead = b
  wasmFields = []
  wasm.llhttp_reset(wasmParser)
  wasm.llhttp_execute(wasmParser, wasmBuffer, b.length)
  return made
}
