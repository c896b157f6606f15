// HTTP/1.x requests as a server sees them: a method, a target, a version and ordered fields. Knows what browsers, libraries and front ends
// send, in their order and their spelling; knows no bytes. Values are latin-1: one character for each byte.
import { between, pick, shuffled, word } from './random.mjs'

const HOSTS = ['www.example.com', 'shop.example.com', 'api.example.org', 'example.net:8080', 'intranet.example']
const VIEWS = ['home', 'catalogue', 'article', 'search', 'account', 'orders', 'static', 'blog']
const utf8 = text => Buffer.from(text, 'utf8').latin1Slice()

const FIREFOX = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0'
]
const CHROME = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36'
]
const SAFARI = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
]
const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const CHROME_HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8'
const IMAGES = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'

const hex = (random, digits) => Array.from({ length: digits }, () => between(random, 0, 15).toString(16)).join('')
const address = random => [1, 0, 0, 1].map(low => between(random, low, 223)).join('.')
const release = random => `${between(random, 1, 9)}.${between(random, 0, 40)}.${between(random, 0, 9)}`
const uuid = random => [8, 4, 4, 4, 12].map(digits => hex(random, digits)).join('-')
const languages = random => pick(random, ['en-US,en;q=0.5', 'de-DE,de;q=0.9,en;q=0.7', 'ja,en-GB;q=0.8', 'fr,en;q=0.9,en-US;q=0.8'])
const hints = random => `"Not)A;Brand";v="8", "Chromium";v="${between(random, 130, 139)}", "Google Chrome";v="138"`
const address6 = random => `2001:db8:${hex(random, 4)}:${hex(random, 4)}::${hex(random, 3)}`
const bearer = (random, least, most) => `Bearer ${word(random, between(random, least, most))}`

/** Nothing for a third of the clients, a session for most, and up to 4 KB for those who met every advertiser. */
function cookie (random) {
  const crumbs = [`session=${word(random, between(random, 20, 64))}`]
  if (random() < 0.5) crumbs.push(`csrftoken=${word(random, 32)}`)
  if (random() < 0.3) crumbs.push(`theme=${pick(random, ['dark', 'light'])}`)
  if (random() < 0.08) crumbs.push(`city=${utf8(pick(random, ['Łódź', 'Gôteborg', '東京']))}`)
  const rest = random()
  const tracked = rest < 0.04 ? between(random, 2000, 3800) : rest < 0.16 ? between(random, 300, 1200) : 0
  for (let bytes = 0; bytes < tracked;) {
    const crumb = `_${word(random, between(random, 2, 8))}=${word(random, between(random, 12, 90))}`
    crumbs.push(crumb)
    bytes += crumb.length + 2
  }
  return crumbs.join('; ').slice(0, 4096)
}

function path (random) {
  const slug = word(random, between(random, 3, 24))
  const last = pick(random, [slug, `caf%C3%A9-${word(random, 4)}`, `${between(random, 1, 99999)}`, word(random, 12)])
  return `/${pick(random, VIEWS)}/${word(random, between(random, 2, 10))}/${last}`
}

function query (random) {
  if (random() < 0.5) return ''
  const search = `q=${word(random, between(random, 3, 12))}%20${word(random, 4)}`
  const pairs = [`page=${between(random, 1, 99)}`, search, `utm_source=${word(random, 8)}`, `sort=-${word(random, 5)}`]
  return `?${shuffled(random, pairs).slice(0, between(random, 1, 4)).join('&')}`
}

const referer = (random, host) => `https://${host}${path(random)}`
/** A field that only some of these requests have. */
const often = (chance, name, value) => ({ chance, name, value })

/** Clients: the fields in the order in which each sends them; a value is text, or made for each request. Some are clients of a service. */
const CLIENTS = [
  { // Firefox, a page
    share: 5,
    fields: [
      ['User-Agent', random => pick(random, FIREFOX)], ['Accept', HTML], ['Accept-Language', languages],
      ['Accept-Encoding', 'gzip, deflate, br, zstd'], often(0.6, 'Referer', referer), ['Connection', 'keep-alive'],
      often(0.7, 'Cookie', cookie), ['Upgrade-Insecure-Requests', '1'], ['Sec-Fetch-Dest', 'document'], ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Site', random => pick(random, ['none', 'same-origin', 'cross-site'])], ['Priority', 'u=0, i']
    ]
  },
  { // Chrome, a page
    share: 6,
    fields: [
      ['Connection', 'keep-alive'], ['sec-ch-ua', hints], ['sec-ch-ua-mobile', '?0'],
      ['sec-ch-ua-platform', random => pick(random, ['"Windows"', '"Linux"', '"Android"'])], ['Upgrade-Insecure-Requests', '1'],
      ['User-Agent', random => pick(random, CHROME)], ['Accept', CHROME_HTML], ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Mode', 'navigate'], ['Sec-Fetch-User', '?1'], ['Sec-Fetch-Dest', 'document'], often(0.5, 'Referer', referer),
      ['Accept-Encoding', 'gzip, deflate, br, zstd'], ['Accept-Language', languages], often(0.7, 'Cookie', cookie)
    ]
  },
  { // Chrome, a picture
    share: 4,
    fields: [
      ['Connection', 'keep-alive'], ['sec-ch-ua-platform', '"Windows"'], ['User-Agent', random => pick(random, CHROME)],
      ['sec-ch-ua', hints], ['sec-ch-ua-mobile', '?0'], ['Accept', IMAGES], ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Mode', 'no-cors'], ['Sec-Fetch-Dest', 'image'], ['Referer', referer], ['Accept-Encoding', 'gzip, deflate, br, zstd'],
      ['Accept-Language', languages], ['Cookie', cookie], often(0.4, 'If-None-Match', random => `W/"${word(random, 20)}"`)
    ]
  },
  { // Safari
    share: 3,
    fields: [
      often(0.6, 'Cookie', cookie), ['Accept', HTML], ['Sec-Fetch-Site', 'none'], ['Accept-Encoding', 'gzip, deflate, br'],
      ['Sec-Fetch-Mode', 'navigate'], ['User-Agent', random => pick(random, SAFARI)], ['Accept-Language', languages],
      often(0.5, 'Referer', referer), ['Sec-Fetch-Dest', 'document'], ['Connection', 'keep-alive']
    ]
  },
  { // a page's script, JSON
    share: 3,
    content: 'application/json',
    fields: [
      ['Connection', 'keep-alive'], ['Content-Length', 'content'], ['sec-ch-ua-platform', '"Linux"'],
      ['X-CSRF-Token', random => word(random, 40)], ['User-Agent', random => pick(random, CHROME)], ['sec-ch-ua', hints],
      ['Content-Type', 'content'], ['sec-ch-ua-mobile', '?0'], ['Accept', '*/*'],
      ['Origin', (random, host) => `https://${host}`], ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Mode', 'cors'],
      ['Sec-Fetch-Dest', 'empty'], ['Referer', referer], ['Accept-Encoding', 'gzip, deflate, br, zstd'], ['Accept-Language', languages],
      ['Cookie', cookie]
    ]
  },
  { // a form in Firefox
    share: 2,
    content: 'application/x-www-form-urlencoded',
    fields: [
      ['User-Agent', random => pick(random, FIREFOX)], ['Accept', HTML], ['Accept-Language', languages],
      ['Accept-Encoding', 'gzip, deflate, br, zstd'], ['Content-Type', 'content'], ['Content-Length', 'content'],
      ['Origin', (random, host) => `https://${host}`], ['Connection', 'keep-alive'],
      ['Referer', referer], ['Cookie', cookie], ['Upgrade-Insecure-Requests', '1'], ['Sec-Fetch-Dest', 'document'],
      ['Sec-Fetch-Mode', 'navigate'], ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-User', '?1']
    ]
  },
  { // curl, as a script calls it
    share: 2,
    service: true,
    fields: [
      ['User-Agent', 'curl/8.14.1'], ['Accept', '*/*'], ['Authorization', random => bearer(random, 40, 200)],
      ['X-Request-Id', uuid], ['X-Tenant', random => word(random, 8)], ['X-Region', random => pick(random, ['eu-central-1', 'us-east-2'])],
      ['X-Client-Version', release],
      often(0.5, 'X-Display-Name', random => utf8(pick(random, ['Zoë Müller', 'Łukasz', 'Ærø'])))
    ]
  },
  { // an API client in Python
    share: 2,
    service: true,
    content: 'application/json',
    fields: [
      ['User-Agent', 'python-requests/2.32.4'], ['Accept-Encoding', 'gzip, deflate'], ['Accept', 'application/json'],
      ['Connection', 'keep-alive'], ['Content-Type', 'content'], ['Idempotency-Key', uuid], ['X-Api-Version', '2025-10-01'],
      ['Authorization', random => bearer(random, 120, 120)], ['Content-Length', 'content']
    ]
  },
  { // fetch() in Node, in lower case
    share: 2,
    service: true,
    lowerCase: true,
    content: 'application/json',
    fields: [
      ['Connection', 'keep-alive'], ['Content-Type', 'content'], ['Traceparent', random => `00-${hex(random, 32)}-${hex(random, 16)}-01`],
      ['X-Correlation-Id', uuid], ['Accept', '*/*'], ['Accept-Language', '*'], ['Sec-Fetch-Mode', 'cors'], ['User-Agent', 'node'],
      ['Accept-Encoding', 'gzip, deflate'], ['Content-Length', 'content']
    ]
  },
  { // a telephone
    share: 3,
    fields: [
      ['X-Device-Id', uuid], ['X-App-Version', release], ['Authorization', random => bearer(random, 160, 160)],
      ['Accept', 'application/json'], often(0.3, 'If-None-Match', random => `"${word(random, 32)}"`), ['Connection', 'Keep-Alive'],
      ['Accept-Encoding', 'gzip'], ['Accept-Language', languages], ['User-Agent', 'okhttp/4.12.0']
    ]
  }
]
const CLIENTS_BY_SHARE = CLIENTS.flatMap(client => Array.from({ length: client.share }, () => client))

const without = (fields, ...names) => fields.filter(([name]) => !names.includes(name.toLowerCase()))

/** What stands between client and server, which clients come through it, and what it makes of the fields. */
const FRONT_ENDS = [
  { share: 4, version: 'HTTP/1.1', takes: () => true, fields: (random, host, fields) => [['Host', host], ...fields] },
  { // nginx: what is set with proxy_set_header comes first, in the order of the configuration; the client's Host and Connection are gone
    share: 3,
    version: 'HTTP/1.1',
    takes: () => true,
    fields: (random, host, fields) => [
      ['Host', host], ['X-Real-IP', address(random)], ['X-Forwarded-For', address(random)], ['X-Forwarded-Proto', 'https'],
      ...without(fields, 'connection')
    ]
  },
  { // nginx as it is without configuration
    share: 1,
    version: 'HTTP/1.0',
    takes: client => client.service === true,
    fields: (random, host, fields) => [['Host', '127.0.0.1:8080'], ['Connection', 'close'], ...without(fields, 'connection')]
  },
  { // a content delivery network before its origin
    share: 3,
    version: 'HTTP/1.1',
    takes: client => client.service !== true,
    fields: (random, host, fields) => [
      ['Host', host], ['Accept-Encoding', 'gzip, br'], ['CF-Ray', `${hex(random, 16)}-${pick(random, ['FRA', 'CDG', 'NRT'])}`],
      ['CF-Visitor', '{"scheme":"https"}'], ['X-Forwarded-For', address(random)], ['X-Forwarded-Proto', 'https'],
      ...without(fields, 'accept-encoding', 'connection', 'sec-ch-ua-mobile', 'priority'),
      ['CF-Connecting-IP', random() < 0.3 ? address6(random) : address(random)], ['CDN-Loop', 'cloudflare; loops=1'],
      ['CF-IPCountry', pick(random, ['DE', 'FR', 'JP', 'US'])]
    ]
  },
  { // a proxy of a service mesh: everything in lower case, what it adds at the end
    share: 1,
    version: 'HTTP/1.1',
    takes: client => client.service === true,
    fields: (random, host, fields) => [
      ['host', host],
      ...without(fields, 'connection', 'upgrade-insecure-requests', 'x-request-id').map(([name, value]) => [name.toLowerCase(), value]),
      ['x-forwarded-for', address(random)], ['x-forwarded-proto', 'https'], ['x-request-id', uuid(random)], ['x-envoy-attempt-count', '1']
    ]
  }
]
const FRONT_ENDS_BY_SHARE = FRONT_ENDS.flatMap(frontEnd => Array.from({ length: frontEnd.share }, () => frontEnd))

function clientFields (random, client, host) {
  const content = { 'Content-Type': client.content, 'Content-Length': String(between(random, 16, 9000)) }
  return client.fields.flatMap(field => {
    const [name, value] = Array.isArray(field) ? field : [field.name, field.value]
    if (!Array.isArray(field) && random() >= field.chance) return []
    const text = value === 'content' ? content[name] : typeof value === 'function' ? value(random, host) : value
    return [[client.lowerCase === true ? name.toLowerCase() : name, text]]
  })
}

/** One request of one client through one front end, values of its own each time. */
export function httpRequest (random) {
  const host = pick(random, HOSTS)
  const client = pick(random, CLIENTS_BY_SHARE)
  const frontEnd = pick(random, FRONT_ENDS_BY_SHARE.filter(({ takes }) => takes(client)))
  const method = client.content === undefined ? random() < 0.03 ? 'HEAD' : 'GET' : pick(random, ['POST', 'POST', 'PUT'])
  const fields = frontEnd.fields(random, host, clientFields(random, client, host))
  return { method, target: path(random) + query(random), version: frontEnd.version, fields }
}

/** The same request with another value of a field, or with one field more, at the end. */
export function withHttpField (request, name, value) {
  return { ...request, fields: [...without(request.fields, name.toLowerCase()), [name, value]] }
}

/** The least that is still a request. */
export function tinyHttpRequest () {
  return { method: 'GET', target: '/', version: 'HTTP/1.1', fields: [['Host', 'x']] }
}

/** Text beyond ASCII wherever it may stand. */
export function utf8HttpRequest (random) {
  const target = `/stra%C3%9Fe/${pick(random, ['%E6%9D%B1%E4%BA%AC', 'Krak%C3%B3w'])}/${word(random, between(random, 4, 12))}`
  const request = withHttpField({ ...httpRequest(random), target }, 'X-User', utf8(pick(random, ['jürgen', 'Αθηνά', '京子'])))
  return withHttpField(request, 'Cookie', utf8(`name=Zoë; city=${pick(random, ['Łódź', 'Gôteborg'])}`))
}

/** The fields in an order that no client has. */
export function shuffledHttpRequest (random) {
  const request = httpRequest(random)
  return { ...request, fields: shuffled(random, request.fields) }
}
