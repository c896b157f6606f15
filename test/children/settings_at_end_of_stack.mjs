// Decodes with the options of one connection where the stack ends, at every depth around there, and each time with those of another one
// where there is room again. Reports how often the end of the stack was met, how often not, and what was wrong afterwards.
import { divingFunction } from './diving.mjs'

const { decodeHttp } = await import(process.argv[2])
const strict = {}
const loose = { mount: '/app', underscores: 'keep', limits: { maxFieldLines: 1 } }
const request = Buffer.from('GET /app/x HTTP/1.1\r\nHost: h\r\nX_Y: 1\r\n\r\n')
const alone = Buffer.from('GET /app/x HTTP/1.1\r\nHost: h\r\n\r\n')
for (let i = 0; i < 3000; i++) decodeHttp(i % 2 ? alone : request, i % 2 ? loose : strict)

const dives = Array.from({ length: 12 }, (_, size) => divingFunction(size))

function nearTheEnd (left, size, act) {
  const state = { left, act, subject: undefined, result: undefined, thrown: undefined }
  try { dives[size](state) } catch {}
  return state.thrown
}

const decodeLoosely = () => decodeHttp(alone, loose)
decodeLoosely() // what is not compiled yet would be compiled there, which takes more of the stack than all that is of interest
let ended = 0
let reached = 0
const wrong = new Set()
for (let i = 0; i < 60 * dives.length; i++) {
  decodeHttp(alone, strict)
  const left = Math.floor(i / dives.length)
  const size = i % dives.length
  if (nearTheEnd(left, size, decodeLoosely) === undefined) reached++
  else ended++
  try {
    const head = decodeHttp(request, strict)
    const seen = JSON.stringify([head.get('SCRIPT_NAME'), head.get('PATH_INFO'), head.get('HTTP_X_Y')])
    if (seen !== '["","/app/x",null]') wrong.add(seen)
  } catch (error) {
    wrong.add(error.code)
  }
}
process.stdout.write(JSON.stringify({ ended: ended > 0, reached: reached > 0, wrong: [...wrong] }))
