// What to write instead of an address that is none. Knows how people write addresses; whether one is good, server and client say.

function looksLikeSocketFile (address: string): boolean {
  return /^[.~]{0,2}\//.test(address) || /\.sock(et)?$/.test(address)
}

/** After what is wrong with an address to listen on: what to write instead, where that can be told. */
export function listenHint (address: string, option: string): string {
  const url = /^(\w+):\/\/([^/?#]*)/.exec(address)
  if (url !== null) {
    const [, scheme, rest] = url as unknown as [string, string, string]
    const tls = /^(https|wss|suwsgi)$/i.test(scheme) ? ' (gatewire speaks no TLS: let nginx end it)' : ''
    return `; leave the scheme out${rest === '' ? '' : `: --${option} ${/:\d+$/.test(rest) ? rest : `${rest}:8080`}`}${tls}`
  }
  if (/^:\d{1,5}$/.test(address)) return `; write --${option} ${address.slice(1)} for this machine only, or --${option} 0.0.0.0${address} for everybody`
  if (looksLikeSocketFile(address)) return `; for a unix socket write --${option} unix:${address}`
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f:]*:\d*$/.test(address)) return `; an IPv6 address stands in brackets: --${option} [::1]:8080`
  if (/^[\w.-]*[A-Za-z.][\w.-]*$/.test(address)) return `; the port is missing: --${option} ${address}:8080`
  return ''
}

/** After what is wrong with the address of a uwsgi server: what to write instead, where that can be told. */
export function upstreamHint (address: string): string {
  if (/^https?:/i.test(address)) {
    return '; gatewire proxy speaks uwsgi to the application, not HTTP: name the address that uWSGI has as --socket (not --http), as uwsgi://127.0.0.1:3031'
  }
  if (/^(fastcgi|fcgi|scgi|ajp|suwsgi|uwsgis):/i.test(address)) return '; gatewire proxy speaks uwsgi to the application, without TLS, and no other protocol'
  if (/^(tcp:\/\/)?[^/:]+:\d{1,5}$/.test(address)) return `; write --to uwsgi://${address.replace(/^tcp:\/\//, '')}`
  if (/^\d{1,5}$/.test(address)) return `; write --to uwsgi://127.0.0.1:${address}`
  if (/^uwsgi:\/\/[^/:]+\/?$/.test(address)) return `; the port is missing: --to ${address.replace(/\/$/, '')}:3031`
  if (/^(uwsgi|unix):\/\/\//.test(address)) return `; for a unix socket write --to unix:${address.replace(/^\w+:\/\//, '')}`
  if (looksLikeSocketFile(address)) return `; for a unix socket write --to unix:${address}`
  return ''
}
