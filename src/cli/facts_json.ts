// What `gatewire inspect --json` prints. The keys are a promise: they stay. inspect_help.ts has the list for users.
import type { Examination } from './examine.js'
import type { PacketExamination } from './facts.js'
import type { HeadFacts, RequestsExamination } from './http_facts.js'
import { fitsStockUwsgi, isWithinStockUwsgi } from './warnings.js'

function packetFacts ({ header, vars, items, raw, content, rest, verdict, incomplete, error, overrun, hints, warnings }: PacketExamination): object {
  return {
    header: header && {
      offset: 0,
      length: 4,
      modifier1: header.modifier1,
      name: header.name,
      request: header.request,
      payload: header.payload,
      datasize: header.datasize,
      modifier2: header.modifier2,
      modifier2Meaning: header.modifier2Meaning
    },
    vars,
    items,
    raw,
    content,
    rest,
    fitsStockUwsgi: verdict === 'accepted' ? fitsStockUwsgi(warnings) : undefined,
    incomplete,
    error: error && { code: error.code, status: error.status, offset: error.offset, message: error.message, overrun },
    hints,
    warnings
  }
}

function headFacts ({ packet, ...head }: HeadFacts): object {
  return { ...head, packet: packet && { ...packet, fitsStockUwsgi: isWithinStockUwsgi(packet.datasize, packet.vars) } }
}

function requestsFacts ({ requests, rest, fault, hints, warnings }: RequestsExamination): object {
  return {
    requests: requests.map(request => ({ ...request, head: request.head && headFacts(request.head) })),
    rest,
    error: fault && { code: fault.error.code, status: fault.error.status, offset: fault.error.offset, message: fault.error.message, line: fault.line },
    hints,
    warnings
  }
}

/** The object that --json prints; undefined is null there. */
export function factsOf (examination: Examination, name: string, total: number): object {
  const { protocol, verdict } = examination
  return {
    input: { name, bytes: total },
    protocol,
    accepted: verdict === 'accepted',
    verdict,
    ...(protocol === 'uwsgi' ? packetFacts(examination) : requestsFacts(examination))
  }
}
