// Which engine runs the codec, and with which kernel: the one place that loads native code, or the WebAssembly twin where there is none.
// Knows no protocol. node-gyp-build looks in build/Release first, then in prebuilds/.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Binding } from './binding.js'
import { twinBinding } from './twin.js'
import { twinModule } from './twin_module.js'

interface Loaded {
  readonly binding: Binding
  readonly engine: 'native' | 'wasm'
  readonly error: Error | undefined
}

/** A setting of the environment; undefined when it says nothing. */
function setting (name: string): string | undefined {
  return process.env[name] === '' ? undefined : process.env[name]
}

/** What `require` of the addon gives: state and functions of one copy of these modules, of which bundles and test runners may make several. */
interface Addon {
  readonly open: () => Binding
}

/** Whoever bundles the package puts this file into another one, beside whose folder there may be an addon that is not ours. */
function isInPackage (load: NodeJS.Require): boolean {
  try {
    return (load('../package.json') as { name?: unknown }).name === 'gatewire'
  } catch {
    return false
  }
}

function loadAddon (): Loaded {
  const here: string | undefined = import.meta.url // none in a bundle that is CommonJS
  const load = here === undefined ? undefined : createRequire(here)
  if (load === undefined || !isInPackage(load)) {
    throw new Error('the package is bundled, and an addon cannot be; to have it, leave gatewire out of the bundle, as an external package')
  }
  const find = load('node-gyp-build') as (directory: string) => Addon
  const addon = find(fileURLToPath(new URL('..', here))).open()
  // What Node-API gives a dozen properties one by one is a dictionary for V8; its copy is an object like others, which costs less to read.
  return { binding: { ...addon }, engine: 'native', error: undefined }
}

/** What keeps the addon from being loaded, and what to do about it. */
function reasonOf ({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED') {
    return 'Node forbids it (--no-addons, or the permission model: it takes --allow-addons, and --allow-fs-read for the folder of the package, ' +
      'that of node-gyp-build, and /etc/alpine-release, at which node-gyp-build looks)'
  }
  if (!message.startsWith('No native build was found')) return message
  return `there is none for ${process.platform}-${process.arch}; in a clone, 'npm run build' makes one (a C++20 compiler, make and Python 3 are needed)`
}

/** `error`: why the addon is not what runs. */
function loadTwin (error: Error): Loaded {
  if (twinModule === undefined) {
    throw new Error(`${error.message}; and it was built without the WebAssembly twin, which needs clang and wasm-ld`, { cause: error.cause })
  }
  return { binding: twinBinding(twinModule), engine: 'wasm', error }
}

function load (): Loaded {
  const wanted = setting('GATEWIRE_ENGINE')
  if (wanted === 'wasm') return loadTwin(new Error('GATEWIRE_ENGINE=wasm asks for the WebAssembly twin'))
  if (wanted !== undefined && wanted !== 'native') throw new Error(`GATEWIRE_ENGINE=${wanted}: the engines are 'native' and 'wasm'`)
  try {
    return loadAddon()
  } catch (cause) {
    const error = new Error(`the addon of gatewire is not loaded: ${reasonOf(cause as NodeJS.ErrnoException)}`, { cause })
    if (wanted === 'native') throw error
    return loadTwin(error)
  }
}

/** The kernel to use: the best one, unless the environment asks for another. */
function chooseKernel ({ kernels, useKernel }: Binding): string {
  const wanted = setting('GATEWIRE_KERNEL')
  const number = wanted === undefined ? 0 : kernels.indexOf(wanted)
  if (number < 0) throw new Error(`GATEWIRE_KERNEL=${wanted}: this build has, and this processor runs, ${kernels.join(', ')}`)
  useKernel(number)
  return kernels[number]!
}

const loaded = load()
/** @internal */
export const binding: Binding = loaded.binding
/** What decodes: the native addon, or its WebAssembly twin. `GATEWIRE_ENGINE` forces one. */
export const engine: 'native' | 'wasm' = loaded.engine
/** Why the native addon is not what decodes; undefined when it is. */
export const engineError: Error | undefined = loaded.error
/** The instruction-set kernel in use. `GATEWIRE_KERNEL` forces one. */
export const kernel: string = chooseKernel(binding)
