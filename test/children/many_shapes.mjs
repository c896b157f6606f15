// Run with --expose-gc: ordinary traffic, then thousands of shapes that each come a few times, then ordinary traffic again. Counts the
// builders that were compiled and the environs that they built, and how much memory is left in use. Reports the counts.
import { during } from './counted_builders.mjs'

const { decodeUwsgi, encodeUwsgi } = await import(process.argv[2])

const ordinary = Array.from({ length: 24 }, (_, order) => {
  const vars = Array.from({ length: 16 }, (_, i) => [`HTTP_FIELD_${(i * 7 + order) % 16}`, `value ${i}`])
  return { vars, bytes: encodeUwsgi(vars) }
})
let wrong = 0

function check (vars, bytes) {
  const { environ } = decodeUwsgi(bytes)
  const keys = Object.keys(environ)
  if (keys.length !== vars.length || !vars.every(([key, value], i) => keys[i] === key && environ[key] === value)) wrong++
}
function traffic (requests) {
  for (let i = 0; i < requests; i++) {
    const { vars, bytes } = ordinary[i % ordinary.length]
    check(vars, bytes)
  }
}
function attack (seen) {
  for (let i = 0; i < 10_000; i++) {
    const vars = [['REQUEST_METHOD', 'GET'], [`HTTP_NAME_${i}`, `${i}`], [`X${i * 31}`, ''], ['PATH_INFO', `/${i}`]]
    const bytes = encodeUwsgi(vars)
    for (let again = 0; again < seen; again++) check(vars, bytes)
  }
}
function memory () {
  for (let i = 0; i < 4; i++) globalThis.gc()
  const { heapUsed, rss, arrayBuffers, external } = process.memoryUsage()
  return { heapUsed, rss, arrayBuffers, external }
}

traffic(20_000)
const warm = during(() => traffic(2_400))
const before = memory()
const once = during(() => attack(1))
const often = during(() => attack(8))
const mixed = during(() => { for (let i = 0; i < 4; i++) { attack(1); traffic(240) } })
const after = memory()
traffic(20_000)
const afterwards = during(() => traffic(2_400))
const grown = Object.fromEntries(Object.keys(after).map(name => [name, after[name] - before[name]]))
process.stdout.write(JSON.stringify({ wrong, warm, once, often, mixed, afterwards, grown }))
