// Requests as a front end hands them to a uwsgi server, as ordered pairs of name and value. Knows what browsers and nginx send; knows
// no bytes. Values are latin-1: one character for each byte.
import { between, pick, shuffled, word } from './random.mjs'

const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'curl/8.14.1',
  'python-requests/2.32.4'
]
const HOSTS = ['www.example.com', 'shop.example.com', 'api.example.org', 'example.net:8080']

/** Values of the request fields, by CGI name. The last six are names that no list of well-known fields has. */
const FIELDS = {
  HTTP_HOST: random => pick(random, HOSTS),
  HTTP_USER_AGENT: random => pick(random, BROWSERS),
  HTTP_ACCEPT: random => pick(random, ['*/*', 'application/json', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8']),
  HTTP_ACCEPT_LANGUAGE: random => pick(random, ['en-US,en;q=0.5', 'de-DE,de;q=0.9,en;q=0.7', 'ja,en-GB;q=0.8']),
  HTTP_ACCEPT_ENCODING: random => pick(random, ['gzip, deflate, br', 'gzip, deflate, br, zstd', 'identity']),
  HTTP_COOKIE: random => `session=${word(random, between(random, 64, 128))}; csrftoken=${word(random, between(random, 32, 64))}; theme=${pick(random, ['dark', 'light'])}`,
  HTTP_REFERER: random => `https://${pick(random, HOSTS)}/${word(random, 6)}/${word(random, between(random, 16, 60))}`,
  HTTP_CONNECTION: random => pick(random, ['keep-alive', 'close']),
  HTTP_CACHE_CONTROL: random => pick(random, ['max-age=0', 'no-cache']),
  HTTP_UPGRADE_INSECURE_REQUESTS: () => '1',
  HTTP_SEC_FETCH_DEST: random => pick(random, ['document', 'empty', 'image']),
  HTTP_SEC_FETCH_MODE: random => pick(random, ['navigate', 'cors', 'no-cors']),
  HTTP_SEC_FETCH_SITE: random => pick(random, ['same-origin', 'none', 'cross-site']),
  HTTP_X_FORWARDED_FOR: random => address(random),
  HTTP_X_FORWARDED_PROTO: () => 'https',
  HTTP_X_REQUEST_ID: random => word(random, 32),
  HTTP_IF_NONE_MATCH: random => `"${word(random, 20)}"`,
  HTTP_AUTHORIZATION: random => `Bearer ${word(random, between(random, 40, 120))}`,
  HTTP_X_TENANT: random => word(random, 8),
  HTTP_X_CLIENT_VERSION: random => `${between(random, 1, 9)}.${between(random, 0, 40)}.${between(random, 0, 9)}`,
  HTTP_X_EDGE_REGION: random => pick(random, ['eu-central-1', 'us-east-2', 'ap-south-1']),
  HTTP_X_FEATURE_FLAGS: random => `${word(random, 8)},${word(random, 8)}`,
  HTTP_X_B3_TRACEID: random => word(random, 16),
  HTTP_X_DEVICE: random => pick(random, ['desktop', 'mobile'])
}
const FIELD_NAMES = Object.keys(FIELDS)
/** Sent by every client, wherever in its order they come. */
const USUAL = ['HTTP_HOST', 'HTTP_USER_AGENT', 'HTTP_ACCEPT', 'HTTP_COOKIE', 'HTTP_REFERER']
const OTHERS = FIELD_NAMES.filter(name => !USUAL.includes(name))

function address (random) {
  return `${between(random, 1, 223)}.${between(random, 0, 255)}.${between(random, 0, 255)}.${between(random, 1, 254)}`
}

/** The 13 variables of nginx's stock `uwsgi_params`, always in this order (HTTPS is left out on plain HTTP). */
function nginxParams (random) {
  const post = random() < 0.1
  const query = random() < 0.5 ? `q=${word(random, between(random, 3, 20))}&page=${between(random, 1, 99)}` : ''
  const path = `/${word(random, between(random, 3, 9))}/${word(random, between(random, 3, 40))}`
  return [
    ['QUERY_STRING', query],
    ['REQUEST_METHOD', post ? 'POST' : 'GET'],
    ['CONTENT_TYPE', post ? 'application/x-www-form-urlencoded' : ''],
    ['CONTENT_LENGTH', post ? String(between(random, 10, 4000)) : ''],
    ['REQUEST_URI', query === '' ? path : `${path}?${query}`],
    ['PATH_INFO', path],
    ['DOCUMENT_ROOT', '/usr/share/nginx/html'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['REQUEST_SCHEME', 'http'],
    ['REMOTE_ADDR', address(random)],
    ['REMOTE_PORT', String(between(random, 1024, 65535))],
    ['SERVER_PORT', '80'],
    ['SERVER_NAME', 'www.example.com']
  ]
}

/** An order of fields as one kind of client sends it: the usual ones and others, `count` in all, shuffled. */
export function fieldOrder (random, count) {
  return shuffled(random, [...USUAL, ...shuffled(random, OTHERS).slice(0, count - USUAL.length)])
}

/** A request with these fields in this order, values of its own each time. */
export function requestOf (random, fieldNames) {
  return [...nginxParams(random), ...fieldNames.map(name => [name, FIELDS[name](random)])]
}

/** The same request with one field more, at the end. */
export function withField (request, name, value) {
  return [...request.filter(pair => pair[0] !== name), [name, value]]
}

/** The least that is still a request. */
export function tinyRequest () {
  return [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/']]
}

/** A request with `count` variables of names that nobody knows, `bytes` of values in all. */
export function wideRequest (random, count, bytes) {
  const params = nginxParams(random)
  const fields = count - params.length - 1
  const filler = Array.from({ length: fields }, (_, i) => [`HTTP_X_FIELD_${i}`, word(random, Math.floor(bytes / fields))])
  return [...params, ['HTTP_HOST', 'www.example.com'], ...filler]
}

/** A request in which no two variables have a fixed place. */
export function shuffledRequest (random) {
  return shuffled(random, requestOf(random, fieldOrder(random, between(random, 7, 13))))
}
