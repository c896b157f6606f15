// What the native core offers to JavaScript, whoever carries it across: the addon (native/node) or the WebAssembly twin (twin.ts).

/** Results are left in `slab`; src/layout.ts names its words, native/boundary/calls.h says what each call does. @internal */
export interface Binding {
  readonly slab: Uint32Array
  /** Kernels that this build has and this processor runs, best first. */
  readonly kernels: readonly string[]
  useKernel: (number: number) => void
  readonly requestModifiers: readonly number[]
  decodePacket: (bytes: Uint8Array) => string | undefined
  decodeRequestHead: (bytes: Uint8Array) => string | undefined
  continueRequestHead: (bytes: Uint8Array, kept: Uint32Array) => string | undefined
  transcodeRequestHead: (bytes: Uint8Array, text: string | undefined) => string | undefined
  want: (slot: number, serial: number, number: number, position: number) => void
  decodeArray: (bytes: Uint8Array) => void
  makePacketForm: (names: string) => void
  /** Where encoders write from now on. Kept alive; it must not be detached when they are called. */
  setOutput: (memory: Uint8Array) => void
  encodeVars: (values: string) => void
  makeHeadForm: (names: string) => void
  encodeResponseHead: (text: string) => void
  decodeResponseHead: (bytes: Uint8Array) => void
  decodeChunked: (bytes: Uint8Array) => void
}
