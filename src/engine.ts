// The one place that loads the native core. node-gyp-build looks in build/Release first, then in prebuilds/.
// Knows no protocol: it hands out the functions and the slab, and says what is running.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the addon exports. Results are left in `slab`; src/layout.ts names its words. */
export interface Binding {
  readonly slab: Uint32Array
  /** Kernels that this build has and this processor runs, best first. */
  readonly kernels: readonly string[]
  useKernel: (number: number) => void
  readonly requestModifiers: readonly number[]
  decodePacket: (bytes: Uint8Array) => string | undefined
  decodeRequestHead: (bytes: Uint8Array) => string | undefined
  continueRequestHead: (bytes: Uint8Array, kept: Uint32Array) => string | undefined
  transcodeRequestHead: (bytes: Uint8Array, out: Uint8Array, text: string | undefined) => string | undefined
  want: (slot: number, serial: number, number: number, position: number) => void
  decodeArray: (bytes: Uint8Array) => void
  makePacketForm: (names: string) => void
  encodeVars: (text: string, out: Uint8Array) => void
  makeHeadForm: (names: string) => void
  encodeResponseHead: (text: string, out: Uint8Array) => void
  decodeResponseHead: (bytes: Uint8Array) => void
  decodeChunked: (bytes: Uint8Array) => void
}

const ENGINES = ['native']

function load (): Binding {
  const wanted = process.env['GATEWIRE_ENGINE']
  if (wanted !== undefined && wanted !== '' && !ENGINES.includes(wanted)) {
    throw new Error(`GATEWIRE_ENGINE=${wanted}: this version has the engine 'native' only`)
  }
  let loaded: Binding
  try {
    const find = createRequire(import.meta.url)('node-gyp-build') as (directory: string) => Binding
    loaded = find(fileURLToPath(new URL('..', import.meta.url)))
  } catch (cause) {
    throw new Error(`gatewire has no native build for ${process.platform}-${process.arch}; 'npm run build' in its folder makes one ` +
      '(a C++20 compiler, make and Python 3 are needed)', { cause })
  }
  // What Node-API gives a dozen properties one by one is a dictionary for V8; its copy is an object like others, which costs less to read.
  return { ...loaded }
}

/** The kernel to use: the best one, unless the environment asks for another. */
function chooseKernel ({ kernels, useKernel }: Binding): string {
  const wanted = process.env['GATEWIRE_KERNEL']
  const number = wanted === undefined || wanted === '' ? 0 : kernels.indexOf(wanted)
  if (number < 0) throw new Error(`GATEWIRE_KERNEL=${wanted}: this build has, and this processor runs, ${kernels.join(', ')}`)
  useKernel(number)
  return kernels[number]!
}

/** @internal */
export const binding: Binding = load()
/** What decodes: the native addon. `GATEWIRE_ENGINE` forces one. */
export const engine: 'native' | 'wasm' = 'native'
/** Why the native addon is not what decodes, or undefined. */
export const engineError: Error | undefined = undefined
/** The instruction-set kernel in use. `GATEWIRE_KERNEL` forces one. */
export const kernel: string = chooseKernel(binding)
