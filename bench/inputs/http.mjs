// The inputs of all HTTP benchmarks: request heads as bytes, and the environs that have to come of them. Made here without the package, so
// that they can check it. Deterministic: see random.mjs.
//
// Environs are Maps here. As objects they would give V8 hidden classes with the names of the contenders in another order, and plain
// JavaScript would take half as long again.
import { generator, word } from './random.mjs'
import { httpRequest, shuffledHttpRequest, tinyHttpRequest, utf8HttpRequest, withHttpField } from './http_requests.mjs'

const MIXED_HEADS = 512
/** Node's parser hands over at most 32 fields at once, and its contender takes what it gets at once. */
const MOST_FIELDS = 30

/** The bytes of a request head. */
export function headOf ({ method, target, version, fields }) {
  const lines = [`${method} ${target} ${version}`, ...fields.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

const cgiName = name => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`

function parts (target) {
  const query = target.indexOf('?')
  return query < 0 ? [target, ''] : [target.slice(0, query), target.slice(query + 1)]
}

/** What plain JavaScript makes of a request: it does not decode the path, and has no names but those of the request. */
function plainEnvironOf ({ method, target, version, fields }) {
  const [path, query] = parts(target)
  return new Map([
    ['REQUEST_METHOD', method], ['SCRIPT_NAME', ''], ['PATH_INFO', path], ['QUERY_STRING', query], ['REQUEST_URI', target],
    ['SERVER_PROTOCOL', version], ...fields.map(([name, value]) => [cgiName(name), value])
  ])
}

/** What gatewire makes of it, without knowing the connection: docs/http-support.md. */
function environOf (request) {
  const environ = plainEnvironOf(request)
  const byte = (_, digits) => String.fromCharCode(Number.parseInt(digits, 16))
  environ.set('PATH_INFO', environ.get('PATH_INFO').replace(/%([0-9A-Fa-f]{2})/g, byte))
  environ.set('RAW_URI', request.target)
  environ.set('REMOTE_ADDR', '')
  environ.set('REQUEST_SCHEME', 'http')
  environ.set('SERVER_NAME', 'localhost')
  environ.set('SERVER_PORT', '80')
  for (const name of ['CONTENT_TYPE', 'CONTENT_LENGTH']) {
    if (!environ.has(`HTTP_${name}`)) continue
    environ.set(name, environ.get(`HTTP_${name}`))
    environ.delete(`HTTP_${name}`)
  }
  return environ
}

function mean (numbers) {
  return Math.round(numbers.reduce((sum, number) => sum + number, 0) / numbers.length)
}

function input (name, remark, requests) {
  const heads = requests.map(headOf)
  for (const { fields } of requests) {
    const names = new Set(fields.map(([field]) => field.toLowerCase()))
    if (fields.length > MOST_FIELDS) throw new Error(`a request of "${name}" has too many fields`)
    if (names.size !== fields.length) throw new Error(`a request of "${name}" has a field twice`)
  }
  return {
    name,
    remark,
    heads,
    environs: requests.map(environOf),
    plainEnvirons: requests.map(plainEnvironOf),
    size: { bytes: mean(heads.map(head => head.length)), fields: mean(requests.map(request => request.fields.length)) }
  }
}

function times (count, make) {
  return Array.from({ length: count }, (_, i) => make(i))
}

const orderOf = request => request.fields.map(pair => pair[0]).join()

/** The headline: what a server sees whose clients are browsers, scripts and telephones, some behind a proxy. No two heads are the same. */
export function mixedHeads () {
  const random = generator(0x48545450)
  const requests = times(MIXED_HEADS, () => httpRequest(random))
  const orders = new Set(requests.map(orderOf))
  return input('mixed corpus', `${MIXED_HEADS} different requests, ${orders.size} orders of fields`, requests)
}

/** Inputs with one purpose each. None of them says how fast a site would be. */
export function specialHeads () {
  const random = generator(0x68656164)
  const one = httpRequest(random)
  return [
    input('one head repeated', 'flattering: branch predictor and caches know it by heart', times(256, () => one)),
    input('tiny head', 'the fixed cost of a call', times(256, tinyHttpRequest)),
    input('4 KB cookie', 'one long value', times(64, () => withHttpField(httpRequest(random), 'Cookie', `data=${word(random, 4096)}`))),
    input('UTF-8 bytes', 'target, cookie and a field beyond ASCII', times(256, () => utf8HttpRequest(random))),
    ordersOf(random, 256, 'no two heads have the same order of fields, and they come again and again')
  ]
}

/** Requests in `count` different orders of fields, one head each. */
function ordersOf (random, count, remark) {
  const seen = new Set()
  return input(`${count} orders`, remark, times(count, () => {
    for (;;) {
      const request = shuffledHttpRequest(random)
      const order = orderOf(request)
      if (seen.has(order)) continue
      seen.add(order)
      return request
    }
  }))
}

/** What somebody sends who wants to defeat the caches. */
export function distinctOrders (count) {
  return ordersOf(generator(0xBADCAB1E), count, 'adversarial: no two heads have the same order of fields')
}
