// Asks for environs where the stack ends, until a builder could not be compiled there. Reports that this happened, and how many were
// compiled for other shapes afterwards.
let compiled = 0
let failed = 0
const { Function: RealFunction } = globalThis
globalThis.Function = new Proxy(RealFunction, {
  construct (target, args) {
    try {
      const made = Reflect.construct(target, args)
      compiled++
      return made
    } catch (error) {
      failed++
      throw error
    }
  }
})
const { decodeUwsgi, encodeUwsgi } = await import(process.argv[2])

/** Asks for the environ when so many calls are left before the end of the stack, as nearly as can be. */
function askNearTheEnd (left, head) {
  let countdown = left
  const deeper = () => {
    try { deeper() } catch {}
    if (countdown-- === 0) void head.environ
  }
  try { deeper() } catch {}
}

for (let i = 0; i < 500 && failed === 0; i++) {
  const other = encodeUwsgi([['PAYS', 'x']])
  for (let k = 0; k < 200; k++) void decodeUwsgi(other).environ
  const bytes = encodeUwsgi([[`DEEP_${i}`, '1'], ['E', '2']])
  for (let k = 0; k < 3; k++) void decodeUwsgi(bytes).environ
  const head = decodeUwsgi(bytes)
  askNearTheEnd(i, head)
}
const before = compiled
for (const name of ['A', 'B', 'C']) {
  const bytes = encodeUwsgi([[name, '1']])
  for (let k = 0; k < 500; k++) void decodeUwsgi(bytes).environ
}
process.stdout.write(JSON.stringify({ failed: failed > 0, compiledAfterwards: compiled - before }))
