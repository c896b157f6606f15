// Whose word about a client counts. Knows addresses; knows no fields.
import { AddressList } from '../server/address_list.js'

/** What stands for peers on a unix socket, which have no address: permissions of the socket say who they are. */
const UNIX = 'unix'

/** Whether a peer is one of these: addresses, networks, 'unix'. '' is the address of a peer on a unix socket. TypeError for others. */
export function trust (entries: readonly string[]): (address: string) => boolean {
  const unix = entries.includes(UNIX)
  const list = new AddressList(entries.filter(entry => entry !== UNIX), 'trust')
  return address => address === '' ? unix : list.has(address)
}
