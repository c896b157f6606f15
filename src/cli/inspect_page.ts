// What `gatewire inspect --help` says: its options, how to read its page, and the keys of its JSON. Text only.
import type { CommandPage } from './command_line.js'

export const OPTIONS = {
  protocol: { type: 'string', value: 'NAME', text: 'What to read it as: uwsgi, http, or auto, which goes by the first bytes. Default: auto.' },
  input: { type: 'string', value: 'FORMAT', text: 'What it is written in: raw, hex, string, or auto, which goes by its form. Default: auto.' },
  json: { type: 'boolean', text: 'Print one JSON object instead of the page; with --listen, one for each request, each on a line.' },
  listen: {
    type: 'string',
    value: 'ADDRESS',
    multiple: true,
    text: 'Take the place of a server: 3031 (on 127.0.0.1), 0.0.0.0:3031, [::1]:3031 or unix:/run/app.sock. Default: read FILE.'
  },
  status: { type: 'string', value: 'CODE', text: 'With --listen, what requests are answered, 200 to 599. Default: 200.' },
  mode: { type: 'string', value: 'MODE', text: 'With --listen, permissions of unix sockets, octal, such as 666. Default: as the umask has it.' }
} as const

const JSON_KEYS: readonly string[] = [
  'Offsets and lengths are bytes. Strings are latin-1, one character for',
  'each byte, and are never cut; the text is ASCII. Keys are always there; null is "not there".',
  '  input     { name, bytes }',
  '  protocol  "uwsgi" or "http"',
  '  accepted  true or false',
  '  verdict   "accepted", "refused", "incomplete" or "foreign" (neither of the two protocols)',
  '  hints     [{ code, message }]; warnings  [{ code, message, offset }]',
  '  format    what it was read as: "raw", "xxd", "hexdump -C", "od", "tcpdump", "hex", "string", ...',
  '  part      the name of the dump or connection that this is about, null when there is only one',
  '  at        where this begins in its part; offsets count from there',
  '  following what else was found, one behind the other: objects with these keys, but for format and following',
  'uwsgi only',
  '  header    { offset, length, modifier1, name, request, payload, datasize, modifier2, modifier2Meaning };',
  '            payload is "vars", "array", "raw" or "empty"',
  '  vars      [{ offset, length, key, keyOffset, value, valueOffset }]: offset and length with the',
  '            two lengths; value null: at fault. In a refused or incomplete packet, those before the fault',
  '  items     [{ offset, length, value, valueOffset }], of an array',
  '  raw       { offset, length } of a payload without structure',
  '  content   { offset, announced, present } of an accepted request',
  '  rest      { offset, length } of what follows packet and content',
  '  fitsStockUwsgi  whether uWSGI takes it as installed: at most 4096 bytes, 128 variables',
  '  incomplete      { have, need }: bytes there are and bytes it takes',
  '  error     { code, status, offset, message, overrun } when the codec refused it; status is that of',
  '            HTTP; overrun { announced, left } when a length leaves the block, else null',
  'http only',
  '  requests  [{ offset, length, verdict, requestLine, fields, head, content }]; only the last one may be',
  '            refused or incomplete. One whose head is, has what stands before the fault',
  '    requestLine  { offset, length, method, target, version }, each of these { offset, length, value }',
  '    fields  [{ offset, length, name, nameOffset, value, valueOffset, variable, noVariable, joined }]:',
  '            offset and length with the line end. When variable is null, noVariable is "underscore",',
  '            "proxy", "framing" (Transfer-Encoding) or "replaced" (Host, by the target). joined:',
  '            offsets of all lines that become this variable, [] when it is the only one',
  '    head    { framing, keepAlive, expectContinue, upgrade, environ, packet }; framing is { kind, length }',
  '            with kind "none", "length" or "chunked"; packet { datasize, vars, fitsStockUwsgi } as',
  '            transcodeHttpToUwsgi makes it, null when no packet can hold it',
  '    content { offset, length, announced, present, complete, chunks, trailers }; announced null: chunked;',
  '            length with all that chunked coding adds',
  '    chunks  [{ offset, length, line, size, dataOffset, present }]: line is size and extensions; the',
  '            last has size 0',
  '    trailers  [{ offset, length, name, nameOffset, value, valueOffset }]',
  '  rest      { offset, length, why } of what is not parsed; why is "closed" (the connection closes),',
  '            "upgrade" (it may change its protocol), "unread" or "empty line"',
  '  error     { code, status, offset, message, line } when the codec refused it; line is the one at fault,',
  '            { offset, length, value }'
]

/** What its help has. */
export const PAGE: CommandPage = {
  name: 'inspect',
  usage: ['gatewire inspect [FILE|-] [options]', 'gatewire inspect --listen ADDRESS [options]'],
  about: [
    'Prints what was captured of one connection, every byte with its meaning, and what a server may stumble over: uwsgi packets ' +
      '(header, variables or items, content), or HTTP/1.x requests (request line, field lines and the variables that ' +
      'they become, environ, content, chunks, trailers). When something is refused: the reason, the byte, for HTTP the line, and ' +
      'what to do.',
    'FILE is what one side of a connection sent, or a datagram, from its beginning; or several of them, one behind the other. With - or ' +
      'without FILE, standard input is read. Of a file larger than 4 MiB the first 4 MiB are read; a stream may not be longer than that.',
    'It holds the bytes themselves, or text, which --input auto tells by its form when there is nothing else in it: hex, such as output of ' +
      'xxd, hexdump, od or tcpdump -x, or just digits; or a string with escapes, such as "\\x00\\x91". Of output of tcpdump, what clients ' +
      'sent is put together for each connection. raw, hex and string read it as that.',
    'With --listen, what front ends send is printed live: uwsgi or HTTP, each request when it is complete, with the number of its connection, ' +
      'so that several at once are not mixed up. Each is answered with --status and a line of text; one that is refused, with the status that ' +
      'a gatewire server has for it. Of each request the first 128 KiB are kept. Ctrl-C ends it, with a summary.',
    'With --protocol auto, what begins like an HTTP/1.x request and is no uwsgi packet is read as HTTP, what begins like TLS, HTTP/2, PROXY ' +
      'protocol, FastCGI, SCGI or SNMP is named as such, all else is read as uwsgi. With uwsgi or http, another protocol is only a hint.'
  ],
  options: OPTIONS,
  sections: [
    ['How to read the page', [
      'From left to right: offset, counted from 0; bytes in hex; the same as text; what they mean. In',
      'meanings, bytes that are not printable ASCII are \\xHH, a backslash is \\\\, a space at either end',
      '\\x20. Of what is long the first lines are shown; --json has all of it. On a terminal there are',
      'colours, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR=1 has them elsewhere, too.'
    ]],
    ['JSON', JSON_KEYS]
  ],
  exitCodes: {
    0: 'Every packet and request is accepted; content that is missing is a warning. With --listen: stopped by Ctrl-C, SIGINT or SIGTERM.',
    1: 'Something is refused, incomplete, or another protocol. With --listen: an address could not be had.',
    2: 'The command line is wrong, or the input cannot be read.'
  },
  examples: [
    ['gatewire inspect request.bin', 'the page'],
    ['gatewire inspect --listen 3031', 'what nginx sends: uwsgi_pass 127.0.0.1:3031; or proxy_pass http://127.0.0.1:3031;'],
    ['gatewire inspect --listen unix:/run/app.sock --mode 666 --status 503', 'the same on a unix socket, answered with 503'],
    ['tcpdump -i lo -nn -l -x port 3031 -c 20 | gatewire inspect', 'what clients send to port 3031'],
    ['gatewire inspect - --protocol http < dump.xxd', 'a hex dump, as HTTP'],
    ['nc -l 127.0.0.1 3031 | gatewire inspect', 'what somebody sends to port 3031'],
    ['gatewire inspect request.bin --json | jq \'.vars[] | select(.key == "PATH_INFO")\'', 'one variable'],
    ['gatewire inspect request.bin --json | jq \'.requests[].head.environ\'', 'the environ of each HTTP request']
  ]
}
