// Lists of addresses and networks: who may connect, whose word counts. Knows no socket.
import { BlockList, isIP } from 'node:net'
import { typeError } from './errors.js'

/** Addresses ('192.0.2.7', '2001:db8::7') and networks ('192.0.2.0/24', RFC 4632 section 3.1). */
export class AddressList {
  readonly #list = new BlockList()

  /** `option`: what the caller calls the list. TypeError `ERR_INVALID_OPTION` for an entry that is neither address nor network. */
  constructor (entries: readonly string[], option: string) {
    if (!Array.isArray(entries)) throw typeError('ERR_INVALID_OPTION', `${option} has to be an array of addresses and networks`)
    for (const entry of entries as unknown[]) {
      const [, address, prefix] = (typeof entry === 'string' && /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry)) || []
      const version = address === undefined ? 0 : isIP(address)
      if (version === 0 || Number(prefix ?? 0) > (version === 4 ? 32 : 128)) {
        throw typeError('ERR_INVALID_OPTION', `${option}: ${JSON.stringify(entry)} is neither an IP address nor a network like '192.0.2.0/24'`)
      }
      const family = version === 4 ? 'ipv4' : 'ipv6'
      if (prefix === undefined) this.#list.addAddress(address!, family)
      else this.#list.addSubnet(address!, Number(prefix), family)
    }
  }

  /**
   * Whether the list has an address; undefined and '' are in none. Sockets for both families report IPv4 addresses mapped into IPv6: they
   * are looked up as what they are.
   */
  has (address: string | undefined): boolean {
    if (address === undefined) return false
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
    if (mapped !== undefined && this.#list.check(mapped, 'ipv4')) return true
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
