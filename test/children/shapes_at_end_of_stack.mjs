// Decodes and encodes packets of ever new names where the stack ends, at every depth around there, and afterwards, where there is room
// again, the same and others. Reports whether calls were interrupted and whether some were not, and what came out wrong.
const { decodeHttp, decodeUwsgi, encodeUwsgi } = await import(process.argv[2])

/** A function that calls itself to the end of the stack, and `act` when so many of its frames are left; frames with `size` words more. */
function divingFunction (size) {
  const words = Array.from({ length: size }, (_, i) => `w${i}`)
  return new Function('state', `
    const deeper = () => {
      ${words.map((word, i) => `let ${word} = state.left + ${i};`).join('')}
      try { deeper() } catch {}
      if (state.left-- === 0) try { state.outcome = state.act() } catch (error) { state.outcome = error }
      return [${words.join()}].length
    }
    try { deeper() } catch {}`)
}
const dives = [0, 1, 2, 3, 5, 8, 13].map(divingFunction)

const report = { interrupted: 0, reached: 0, wrong: [] }
const varsOf = n => ({ REQUEST_METHOD: 'GET', PATH_INFO: `/${n}`, ...Object.fromEntries(Array.from({ length: 1 + n % 20 }, (_, i) => [`HTTP_N${n % 500}_${i}`, `v${n}-${i}`])) })
const linesOf = n => Object.entries(varsOf(n)).slice(2).map(([name, value]) => `${name.slice(5).replaceAll('_', '-')}: ${value}\r\n`).join('')
const headOf = n => Buffer.from(`GET /${n} HTTP/1.1\r\nHost: h\r\n${linesOf(n)}\r\n`)

function check (n) {
  const vars = varsOf(n)
  const packet = encodeUwsgi(vars)
  const { environ } = decodeUwsgi(packet)
  if (JSON.stringify(environ) !== JSON.stringify(vars)) report.wrong.push(['uwsgi', n, environ])
  const http = decodeHttp(headOf(n))
  for (const [name, value] of Object.entries(vars)) if (http.environ[name] !== value || http.get(name) !== value) report.wrong.push(['http', n, name])
}

const acts = [
  (packet) => decodeUwsgi(packet).byteLength, (_, head) => decodeHttp(head).byteLength, (_, __, vars) => encodeUwsgi(vars).length,
  (packet) => decodeUwsgi(packet).get('PATH_INFO').length
]
let n = 0

/** Whether a call comes back that is made when so many frames are left. */
function comesBack (dive, act, left) {
  const vars = varsOf(++n)
  const packet = encodeUwsgi(vars)
  const head = headOf(n)
  const state = { act: () => act(packet, head, vars), left, outcome: undefined }
  try { dive(state) } catch {}
  if (typeof state.outcome === 'number') report.reached++
  else report.interrupted++
  check(n)
  check(n - 1)
  return typeof state.outcome === 'number'
}

for (let round = 0; round < 3; round++) {
  for (const dive of dives) {
    for (const act of acts) {
      // Where calls begin to come back; what is of interest is there.
      let [low, high] = [0, 2000]
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (comesBack(dive, act, middle)) high = middle
        else low = middle
      }
      for (let left = Math.max(0, high - 30); left < high + 10; left++) comesBack(dive, act, left)
    }
  }
}
process.stdout.write(JSON.stringify({ interrupted: report.interrupted > 100, reached: report.reached > 100, wrong: report.wrong.slice(0, 5) }))
