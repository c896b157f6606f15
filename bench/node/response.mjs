// What is measured for response heads: this package, and plain JavaScript that checks the same. What a right result is, for the check before
// anything is timed, and the goals.
import assert from 'node:assert/strict'
import { encodeResponseHead } from 'gatewire'
import { distinctHeaders, mixedResponses, specialResponses } from '../inputs/responses.mjs'
import { internedHead, templateHead } from './plain_response.mjs'

function isHead (result, input, i, where) {
  assert.ok(input.heads[i].equals(result), `${where}: the head differs`)
}

const encoding = {
  title: 'Response heads',
  remark: 'status and headers to bytes, checked by all',
  listOf: input => input.responses,
  ours: 'encodeResponseHead()',
  baselines: ['template JS', 'interned template JS'],
  contenders: [
    { name: 'encodeResponseHead()', check: isHead, run: ([status, headers]) => encodeResponseHead(status, headers) },
    { name: 'template JS', check: isHead, run: templateHead },
    { name: 'interned template JS', check: isHead, run: internedHead }
  ]
}

/** The subject of a run: what is compared, on what, and what a release has to hold on the mixed corpus. */
export default {
  title: 'HTTP response heads',
  tasks: [encoding],
  mixed: mixedResponses,
  special: specialResponses,
  adversarial: distinctHeaders,
  /** `fast` at least `times` as fast as `slow`. */
  goals: [
    { fast: 'encodeResponseHead()', slow: 'template JS', times: 3 }
  ]
}
