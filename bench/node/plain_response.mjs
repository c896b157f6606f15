// What a Node user has today for response heads: a template string and Buffer.from, with what gatewire checks checked in JavaScript. Both
// contenders stay as they are: goals are stated against them. They take objects of strings, which is what the corpus has.
import { STATUS_CODES } from 'node:http'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Characters above U+00FF are no bytes, so they are refused by the same expression.
const NO_FIELD_VALUE = /[^\t\x20-\x7E\x80-\xFF]/ // oxlint-disable-line no-control-regex
const DIGITS = /^\d+$/
const isSpace = code => code === 32 || code === 9

function trimmed (value) {
  let end = value.length
  let start = 0
  while (end > 0 && isSpace(value.charCodeAt(end - 1))) end--
  while (start < end && isSpace(value.charCodeAt(start))) start++
  return value.slice(start, end)
}

function refuse (what) {
  throw new RangeError(what)
}

function checkLength (value, seen) {
  if (seen || !DIGITS.test(value) || Number(value) > Number.MAX_SAFE_INTEGER) refuse('content-length')
}

// One test for each value: faster than a loop over its characters, and than one test of all values joined.
function checkValue (value) {
  if (typeof value !== 'string' || NO_FIELD_VALUE.test(value)) refuse('value')
  return isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1)) ? trimmed(value) : value
}

/** The way it is written at first: each name and value is looked at each time. */
export function templateHead ([status, headers]) {
  if (!Number.isInteger(status) || status < 100 || status > 999) refuse('status')
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  let hasLength = false
  for (const name in headers) {
    if (!TOKEN.test(name)) refuse('name')
    const value = checkValue(headers[name])
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      checkLength(value, hasLength)
      hasLength = true
    }
    head += `${name}: ${value}\r\n`
  }
  return Buffer.from(`${head}\r\n`, 'latin1')
}

const statusLines = []
const MOST_NAMES = 1000
const names = new Map()

function learn (name) {
  if (!TOKEN.test(name)) refuse('name')
  const known = { before: `${name}: `, isLength: name.toLowerCase() === 'content-length' }
  if (names.size < MOST_NAMES) names.set(name, known)
  return known
}

/** The careful way: status lines and names are checked once and then remembered. */
export function internedHead ([status, headers]) {
  if (!Number.isInteger(status) || status < 100 || status > 999) refuse('status')
  let head = (statusLines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`)
  let hasLength = false
  for (const name in headers) {
    const value = checkValue(headers[name])
    const { before, isLength } = names.get(name) ?? learn(name)
    if (isLength) {
      checkLength(value, hasLength)
      hasLength = true
    }
    head += `${before}${value}\r\n`
  }
  return Buffer.from(`${head}\r\n`, 'latin1')
}
