// The page of native sockets: everything that a transport needs.
export { BROKEN, DRAINED, HUNG_UP, READABLE } from './layout.js'
export { atEndOfTurn, type Late, setWatcher, type ThreadSockets, threadSockets, type Watcher } from './turns.js'
export { keepWhole } from '../whole_memory.js'
