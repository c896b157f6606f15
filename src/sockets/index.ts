// The page of native sockets: everything that a transport needs.
export { BROKEN, DRAINED, HUNG_UP, type NativeSockets, READABLE, sockets, type SocketMemory } from './native_sockets.js'
export { atEndOfTurn, type Late, setWatcher, socketMemory, type Watcher } from './turns.js'
