// Which transports servers have in this run of the tests: native sockets come with the addon, and its WebAssembly twin has none.

export const hasNativeSockets: boolean = process.platform === 'linux' && process.env['GATEWIRE_ENGINE'] !== 'wasm'
/** Whether servers run over them that are not told otherwise. */
export const overNativeSockets: boolean = hasNativeSockets && process.env['GATEWIRE_TRANSPORT'] !== 'net'

export type TransportName = 'native' | 'net'
export const TRANSPORTS: readonly TransportName[] = hasNativeSockets ? ['native', 'net'] : ['net']
