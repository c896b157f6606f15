// The inputs of all uwsgi benchmarks: packets to decode, and the same variables as environ objects to encode. Made here byte by byte,
// without the package, so that they can check it. Deterministic: see random.mjs.
import { between, generator, pick, word } from './random.mjs'
import { fieldOrder, requestOf, shuffledRequest, tinyRequest, wideRequest, withField } from './requests.mjs'

const MIXED_PACKETS = 256
const MIXED_ORDERS = 24

/** The uwsgi packet of a request: a header of 4 bytes, then for each variable two lengths of 16 bits and two byte strings. */
export function packetOf (request) {
  const block = Buffer.concat(request.flatMap(([name, value]) => [name, value]).flatMap(text => {
    const bytes = Buffer.from(text, 'latin1')
    return [Buffer.from([bytes.length & 0xFF, bytes.length >> 8]), bytes]
  }))
  if (block.length > 0xFFFF) throw new Error(`a vars block of ${block.length} bytes does not fit into a packet`)
  return Buffer.concat([Buffer.from([0, block.length & 0xFF, block.length >> 8, 0]), block])
}

/** Their text as JSON, made without an object. */
function jsonOf (request) {
  return `{${request.map(pair => pair.map(text => JSON.stringify(text)).join(':')).join()}}`
}

function input (name, remark, requests) {
  const packets = requests.map(packetOf)
  const texts = requests.map(jsonOf)
  return {
    name,
    remark,
    packets,
    /** What has to come out of them: variables by name, and the whole environ as JSON. */
    variables: requests.map(request => new Map(request)),
    texts,
    /**
     * The same as objects; through JSON, so that they own flat strings and look like any object that an application makes from its input. Made
     * when they are asked for and then forgotten: as long as they exist, V8 knows the hidden classes of objects with these names in these orders,
     * and plain JavaScript that decodes gets objects like these, half as dear as those that it would make by itself.
     */
    environs: () => texts.map(text => JSON.parse(text)),
    size: {
      bytes: Math.round(packets.reduce((sum, packet) => sum + packet.length, 0) / packets.length),
      variables: Math.round(requests.reduce((sum, request) => sum + request.length, 0) / requests.length)
    }
  }
}

function times (count, make) {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** The headline: 256 requests of about 1 KB, 21 to 26 variables, in 24 orders. What a site behind nginx sees. */
export function mixedCorpus () {
  const random = generator(0x75775347)
  const orders = times(MIXED_ORDERS, i => fieldOrder(random, 8 + i % 6))
  return input('mixed corpus', `${MIXED_PACKETS} requests, ${MIXED_ORDERS} orders of fields`,
    times(MIXED_PACKETS, i => requestOf(random, i < MIXED_ORDERS ? orders[i] : pick(random, orders))))
}

/** Inputs with one purpose each. None of them says how fast a site would be. */
export function specialInputs () {
  const random = generator(0x1F0CA)
  const order = fieldOrder(random, 11)
  const one = requestOf(random, order)
  return [
    input('one packet repeated', 'flattering: branch predictor and caches know it by heart', times(256, () => one)),
    input('tiny packet', 'the fixed cost of a call', times(256, tinyRequest)),
    input('8 KB cookie', 'one long value', times(64, () => withField(requestOf(random, order), 'HTTP_COOKIE', `data=${word(random, 8192)}`))),
    input('UTF-8 bytes', 'path, cookie and user beyond ASCII', times(256, () => utf8Request(random, order))),
    input('60 KB, 150 vars', 'larger than a shape may be', times(16, () => wideRequest(random, 150, 56_000)))
  ]
}

/** The same variables in `count` different orders, one packet each: what somebody sends who wants to defeat the caches. */
export function distinctShapes (count) {
  const random = generator(0xBADCAB1E)
  const seen = new Set()
  return input(`${count} shapes`, 'adversarial: no two packets have the same order', times(count, () => {
    for (;;) {
      const request = shuffledRequest(random)
      const shape = request.map(pair => pair[0]).join()
      if (seen.has(shape)) continue
      seen.add(shape)
      return request
    }
  }))
}

function utf8Request (random, order) {
  const bytes = text => Buffer.from(text, 'utf8').latin1Slice()
  const path = bytes(`/straße/${pick(random, ['東京', 'Αθήνα', 'Kraków'])}/${word(random, between(random, 4, 12))}`)
  const request = requestOf(random, order).map(([name, value]) => [name, name === 'PATH_INFO' || name === 'REQUEST_URI' ? path : value])
  return withField(withField(request, 'HTTP_COOKIE', bytes(`name=Zoë; city=${pick(random, ['Łódź', 'Gôteborg'])}`)), 'REMOTE_USER', bytes('jürgen'))
}
