// What each modifier1 of a uwsgi packet announces: name, kind of payload, what modifier2 selects, what follows the packet.
// A table for people who read packets; decoding does not depend on it, except that it tells which decoder to call.
// Source: uwsgi docs, "The uwsgi Protocol", and the numbers that uWSGI's own plugins register.

/** How the payload is built: pairs, items, bytes without structure, or nothing at all. */
export type PayloadKind = 'vars' | 'array' | 'raw' | 'empty'

export interface Modifier {
  readonly name: string
  readonly payload: PayloadKind
  /** What modifier2 selects in this packet; undefined when it selects nothing. */
  readonly modifier2: string | undefined
  /** What the bytes behind the packet are, for packets that are not requests. */
  readonly follows: string | undefined
}

interface Row {
  name: string
  payload: PayloadKind
  /** modifier2 by value: its meaning and, where it decides that, the kind of payload. */
  choices?: Readonly<Record<number, readonly [meaning: string, payload?: PayloadKind]>>
  /** modifier2 when it is a number of its own: a signal, a function. */
  number?: string
  follows?: string
}

const ROWS: Readonly<Record<number, Row>> = {
  // Requests: variables, CONTENT_LENGTH bytes of content, answered with an HTTP response.
  0: { name: 'WSGI (Python)', payload: 'vars' },
  1: { name: 'reserved', payload: 'vars' },
  2: { name: 'reserved', payload: 'vars' },
  3: { name: 'reserved', payload: 'vars' },
  4: { name: 'reserved', payload: 'vars' },
  5: { name: 'PSGI (Perl)', payload: 'vars' },
  6: { name: 'WSAPI (Lua)', payload: 'vars' },
  7: { name: 'Rack (Ruby)', payload: 'vars' },
  8: { name: 'JVM', payload: 'vars', choices: { 0: ['JWSGI'], 1: ['Ring (Clojure)'], 2: ['servlet'] } },
  9: { name: 'CGI', payload: 'vars' },
  11: { name: 'Go (gccgo)', payload: 'vars' },
  14: { name: 'PHP', payload: 'vars' },
  15: { name: 'Mono (ASP.NET)', payload: 'vars' },
  18: { name: 'symcall (a C function)', payload: 'vars', number: 'number of the function' },
  19: { name: 'SSI', payload: 'vars' },
  23: { name: 'XSLT', payload: 'vars' },
  24: { name: 'V8 (JavaScript)', payload: 'vars' },
  25: { name: 'GridFS', payload: 'vars' },
  26: { name: 'GlusterFS (as documented)', payload: 'vars' },
  27: { name: 'GlusterFS, or a fast function', payload: 'vars', number: 'number of the fast function' },
  28: { name: 'Rados', payload: 'vars' },
  30: { name: 'WSGI (Python), SCRIPT_NAME to be cut from PATH_INFO', payload: 'vars' },
  35: { name: 'WebDAV; between emperor and fork server: arguments', payload: 'vars' },
  250: { name: 'C++ and example plugins', payload: 'vars' },

  // Services: what uWSGI nodes tell each other.
  10: { name: 'management flag', payload: 'raw', number: 'number of the flag' },
  17: { name: 'spooler job', payload: 'vars', follows: 'in a spool file: the body of the job, to the end of the file' },
  22: { name: 'code to evaluate', payload: 'raw', choices: { 0: ['Python'], 5: ['Perl'] } },
  31: { name: 'message (reserved)', payload: 'vars' },
  32: { name: 'array message (reserved)', payload: 'array' },
  33: { name: 'marshalled message (reserved)', payload: 'raw' },
  48: { name: 'SNMP', payload: 'raw' },
  72: { name: 'marks an HTTP response', payload: 'raw' },
  73: { name: 'multicast announcement', payload: 'raw', choices: { 0: ['host name'] } },
  74: { name: 'custom multicast message', payload: 'raw' },
  95: { name: 'cluster membership', payload: 'vars', choices: { 0: ['add'], 1: ['remove'], 2: ['enable'], 3: ['disable'] } },
  96: { name: 'remote log message', payload: 'raw' },
  97: { name: 'reload', payload: 'empty', choices: { 0: ['request'], 1: ['confirmation'] } },
  98: { name: 'graceful reload', payload: 'empty', choices: { 0: ['request'], 1: ['confirmation'] } },
  99: { name: 'configuration of a node', payload: 'vars', choices: { 0: ['request'], 1: ['answer'] } },
  100: { name: 'ping', payload: 'empty', choices: { 0: ['request'], 1: ['answer; the payload is a warning, if any', 'raw'] } },
  101: { name: 'echo', payload: 'raw' },
  109: { name: 'legion announcement (encrypted)', payload: 'raw', follows: 'the rest of the cipher text, which is padded beyond datasize' },
  110: { name: 'signal', payload: 'empty', number: 'number of the signal' },
  111: {
    name: 'cache',
    payload: 'raw',
    choices: {
      0: ['get: the payload is the key'],
      1: ['set: key and value', 'array'],
      2: ['delete: the payload is the key'],
      3: ['get by dictionary', 'vars'],
      4: ['get by dictionary', 'vars'],
      5: ['get with status: the payload is the key'],
      6: ['dump: the payload is the name of the cache'],
      7: ['answer to a dump', 'vars'],
      10: ['replication of a set: key, value, expiry', 'array'],
      11: ['replication of a delete: key', 'array'],
      17: ['command by dictionary, or the answer to one', 'vars']
    },
    follows: 'the cached value, where the command or the answer carries one'
  },
  115: { name: 'configuration from the emperor', payload: 'raw' },
  173: {
    name: 'RPC',
    payload: 'array',
    choices: {
      0: ['call: function name and arguments'],
      1: ['call, raw answer'],
      2: ['call by HTTP path', 'vars'],
      3: ['XML-RPC', 'vars'],
      4: ['JSON-RPC', 'vars'],
      5: ['answer that follows the packet', 'vars']
    },
    follows: 'the content of the call, or the result'
  },
  200: { name: 'close mark of a persistent connection', payload: 'empty' },
  224: { name: 'subscription', payload: 'vars', choices: { 0: ['subscribe or refresh'], 1: ['unsubscribe'] } },
  255: { name: 'generic answer', payload: 'empty', number: 'result: for a spooler job and a signal 1 is taken, 0 failed' }
}

// A number that nobody has assigned may still be a request: plugins can be loaded under any. So it is read as variables.
const UNASSIGNED: Row = { name: 'not assigned', payload: 'vars' }

/** What the two modifiers of a packet say together. */
export function describeModifiers (modifier1: number, modifier2: number): Modifier {
  const row = ROWS[modifier1] ?? UNASSIGNED
  const choice = row.choices?.[modifier2]
  return { name: row.name, payload: choice?.[1] ?? row.payload, modifier2: choice?.[0] ?? row.number, follows: row.follows }
}

/** Every modifier1 that has a row, ascending. */
export const knownModifiers: readonly number[] = Object.keys(ROWS).map(Number)
