// Types of processes.mjs, for tests that ask the same of processes.
export function familyOf (pid: number): number[]
export function processorSeconds (pids: readonly number[]): number
export function residentBytes (pid: number): number
export function openDescriptors (pid: number): number
