// Asks decoders for their events where the stack ends, at every depth around there, and goes on afterwards where there is room again.
// Reports whether the end of the stack was met, whether events were, too, whether decoders told the truth to the end, whether
// some told that they cannot go on, and what was wrong.
import { divingFunction } from './diving.mjs'

const { RequestDecoder, ResponseDecoder } = await import(process.argv[2])

const dives = [0, 2, 4, 6, 8, 10].map(divingFunction)

const bytes = text => Buffer.from(text, 'latin1')
const chunked = bytes('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '5\r\nabcde\r\n4\r\nfghi\r\n0\r\nX: y\r\nZ: w\r\n\r\n')
const sized = bytes('POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabcdefghiGET /c HTTP/1.1\r\nHost: h\r\n\r\n')
const response = bytes('HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 9\r\n\r\nabcdefghi')
const uwsgi = Buffer.concat([Buffer.from([0, 19, 0, 0, 14, 0]), bytes('CONTENT_LENGTH'), Buffer.from([1, 0]), bytes('9'),
  bytes('abcdefghi')])
const pieces = (whole, size) => Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size))
const http = () => new RequestDecoder({ protocol: 'http' })
const subjects = [
  [http, [chunked, sized]], [http, [Buffer.concat([chunked, sized])]], [http, pieces(Buffer.concat([sized, chunked]), 7)],
  [() => new RequestDecoder({ protocol: 'uwsgi' }), [uwsgi]], [() => new RequestDecoder({ protocol: 'uwsgi' }), pieces(uwsgi, 6)],
  [() => new ResponseDecoder(), [response]], [() => new ResponseDecoder(), pieces(response, 6)]
]

const told = event => event.type === 'content' ? [Buffer.from(event.bytes).toString('latin1')]
  : event.type === 'head' ? ['head', JSON.stringify(event.head.headers ?? event.head.environ),
    JSON.stringify(event.head.framing)] : ['end', JSON.stringify(event.trailers ?? [])]
/** Everything, with pieces of content in a row as one. */
const story = parts => parts.join('|').replace(/(?<=^|\|)([a-i]+)\|(?=[a-i])/g, '$1').replace(/(?<=[a-i])\|(?=[a-i]+(\||$))/g, '')
const next = decoder => decoder.next()
const drain = (decoder, parts) => { for (let event = next(decoder); event !== null; event = next(decoder)) parts.push(...told(event)) }

const report = { ended: 0, reached: 0, whole: 0, refused: 0, wrong: [] }
const expected = subjects.map(([make, chunks]) => {
  const decoder = make()
  const parts = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    drain(decoder, parts)
  }
  return story(parts)
})
const DEPTHS = 25
for (const [i, [make, chunks]] of subjects.entries()) {
  for (let run = 0; run < DEPTHS * dives.length; run++) {
    for (let skipped = 0; skipped < 5; skipped++) {
      const decoder = make()
      const parts = []
      let failure
      for (const chunk of chunks) decoder.push(chunk)
      for (let k = 0; k < skipped; k++) {
        const event = decoder.next()
        if (event !== null) parts.push(...told(event))
      }
      const state = { left: Math.floor(run / dives.length), act: next, subject: decoder, result: undefined, thrown: undefined }
      try { dives[run % dives.length](state) } catch {}
      if (state.thrown === undefined && state.result !== undefined) report.reached++
      else report.ended++
      if (state.result) parts.push(...told(state.result))
      try { drain(decoder, parts) } catch (error) { failure = error }
      if (failure?.code === 'ERR_DECODER_INTERRUPTED') report.refused++
      else if (failure === undefined && story(parts) === expected[i]) report.whole++
      else report.wrong.push(`${i}: ${failure ?? story(parts)}`)
    }
  }
}
const counted = Object.fromEntries(['ended', 'reached', 'whole', 'refused'].map(name => [name, report[name] > 0]))
process.stdout.write(JSON.stringify({ ...counted, wrong: [...new Set(report.wrong)].slice(0, 9) }))
