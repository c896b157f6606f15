// The WebAssembly twin of the addon: the same core, compiled from the same files, in a memory of its own. What a call reads is copied there,
// and what it writes is copied out; nothing is decided here. See native/wasm/module.cc.
import type { Binding } from './binding.js'
import { firstBytes, latin1, sizeOf, View } from './bytes.js'
import {
  FAULT_UNUSABLE, OUTCOME_UNUSABLE, WORD_FAULT, WORD_OUT_AT, WORD_OUTCOME, WORD_PART_COUNT, WORD_TEXT_IS_LATIN1,
  WORD_WRITTEN
} from './layout.js'

/** Exports of the module. Sizes and addresses in bytes. */
interface Core {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly __stack_pointer: { value: number }
  slab_at: () => number
  slab_words: () => number
  input_at: () => number
  input_bytes: () => number
  output_at: () => number
  output_bytes: () => number
  kept_at: () => number
  kept_words: () => number
  text_at: () => number
  replaced_text_at: () => number
  units_at: () => number
  text_bytes: () => number
  text_size_at: () => number
  kernel_name_at: (number: number) => number
  use_kernel: (number: number) => void
  announces_request: (modifier1: number) => number
  recover: () => void
  decode_packet: (size: number) => number
  decode_request_head: (size: number) => number
  continue_request_head: (size: number, keptWords: number) => number
  transcode_request_head: (size: number, textSize: number, room: number) => number
  want_value: (slot: number, serial: number, number: number, position: number) => void
  decode_array: (size: number) => void
  decode_response_head: (size: number) => void
  decode_chunked: (size: number, more: number) => void
  make_packet_form: (textSize: number) => void
  make_head_form: (textSize: number) => void
  encode_vars: (textSize: number, room: number) => void
  encode_response_head: (textSize: number, room: number) => void
}

// A global of every runtime that the type declarations of Node leave to those of browsers.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

/** Writing a string in place: on every Buffer since Node 0.x, and in Bun and Deno; missing from the type declarations only. */
type TextBuffer = Buffer & Record<'latin1Write' | 'ucs2Write', (text: string, at: number, bytes: number) => number>

/** Most heads and packets are smaller. What is larger is copied once more, as a whole; of what follows a head, no more is copied. */
const FIRST_BYTES = 4096
/** Counts in the slab have 32 bits: what is behind so many bytes is for the next call. */
const MOST_BYTES = 2 ** 32 - 1
const MODIFIERS = 256
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** A new instance of the core. */
function instantiate (module: string): Core {
  if (!LITTLE_ENDIAN) throw new Error('the WebAssembly twin needs a little-endian processor')
  // Not imported: whoever has the addon need not wait for it.
  const { brotliDecompressSync } = process.getBuiltinModule('node:zlib')
  const bytes = brotliDecompressSync(Buffer.from(module, 'base64'))
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Core
}

/** The core, and its memory as arrays. */
class Twin {
  readonly core: Core
  readonly slab: Uint32Array
  readonly #memory: TextBuffer
  readonly #arrayBuffer: ArrayBuffer
  readonly #kept: Uint32Array
  readonly #told: Uint32Array
  readonly #input: number
  readonly #inputBytes: number
  readonly #output: number
  readonly #outputBytes: number
  readonly #units: number
  readonly #textBytes: number
  readonly #stackStart: number
  #out: Uint8Array = new Uint8Array(0)
  #interrupted = false

  constructor (core: Core) {
    const { buffer } = core.memory
    this.core = core
    this.slab = new Uint32Array(buffer, core.slab_at(), core.slab_words())
    this.#arrayBuffer = buffer
    this.#memory = Buffer.from(buffer) as TextBuffer
    this.#kept = new Uint32Array(buffer, core.kept_at(), core.kept_words())
    this.#told = new Uint32Array(buffer, core.text_size_at(), 1)
    this.#input = core.input_at()
    this.#inputBytes = core.input_bytes()
    this.#output = core.output_at()
    this.#outputBytes = core.output_bytes()
    this.#units = core.units_at()
    this.#textBytes = core.text_bytes()
    this.#stackStart = core.__stack_pointer.value
  }

  /**
   * Before each call. The end of the stack may come at any place in it, unlike in native code: what a call that did not come back was about
   * to write is forgotten then.
   */
  begin (): void {
    if (this.#interrupted) {
      this.core.__stack_pointer.value = this.#stackStart
      this.core.recover()
    }
    this.#interrupted = true
  }

  /** After it. */
  end (): void {
    this.#interrupted = false
  }

  /** After a call that gives text. */
  endWithText (at: number): string | undefined {
    this.#interrupted = false
    const size = this.#told[0]!
    return size === 0 ? undefined : latin1(this.#memory, at, at + size)
  }

  /** Puts the first bytes of the input where the core reads them, up to `most` or what it has room for. How many. */
  copyIn (bytes: Uint8Array, size: number, most: number = this.#inputBytes): number {
    const count = Math.min(size, most)
    this.#memory.set(count === size ? bytes : firstBytes(bytes, count), this.#input)
    return count
  }

  /** Whether there is room for the lines that JavaScript keeps. */
  copyKeptIn (kept: Uint32Array): boolean {
    if (kept.length > this.#kept.length) return false
    this.#kept.set(kept)
    return true
  }

  copyKeptOut (kept: Uint32Array): void {
    kept.set(this.#kept.subarray(0, kept.length))
  }

  /** Puts text where native/boundary/encoding.h wants it. How many characters; -1: it is no text. */
  copyText (text: string | undefined, at: number): number {
    if (typeof text !== 'string') return -1
    if (this.slab[WORD_TEXT_IS_LATIN1] !== 0) return this.#memory.latin1Write(text, at, this.#textBytes)
    return this.#memory.ucs2Write(text, this.#units, 2 * this.#textBytes) / 2
  }

  setOutput (memory: Uint8Array): void {
    this.#out = memory
  }

  /** How much may be written to the output from OUT_AT on; less than 0: nothing at all. */
  get room (): number {
    return Math.min(sizeOf(this.#out) - this.slab[WORD_OUT_AT]!, this.#outputBytes)
  }

  copyOut (): void {
    if (this.slab[WORD_FAULT] === 0) this.#out.set(new View(this.#arrayBuffer, this.#output, this.slab[WORD_WRITTEN]!), this.slab[WORD_OUT_AT])
  }
}

function decodesHead (twin: Twin, decode: (size: number) => number): (bytes: Uint8Array) => string | undefined {
  const { slab } = twin
  return bytes => {
    const size = sizeOf(bytes)
    if (size < 0) return unusable(slab)
    twin.begin()
    let at = decode(twin.copyIn(bytes, size, FIRST_BYTES))
    if (size > FIRST_BYTES && slab[WORD_OUTCOME] === 0) at = decode(twin.copyIn(bytes, size))
    return twin.endWithText(at)
  }
}

function decodes (twin: Twin, decode: (size: number, more: number) => void): (bytes: Uint8Array) => void {
  const { slab } = twin
  return bytes => {
    const size = Math.min(sizeOf(bytes), MOST_BYTES)
    if (size < 0) return unusable(slab)
    twin.begin()
    const copied = twin.copyIn(bytes, size)
    decode(copied, size - copied)
    twin.end()
  }
}

function makesForm (twin: Twin, make: (textSize: number) => void): (names: string) => void {
  const textAt = twin.core.text_at()
  return names => {
    const size = twin.copyText(names, textAt)
    twin.begin()
    make(size)
    twin.end()
  }
}

function encodes (twin: Twin, encode: (textSize: number, room: number) => void): (text: string) => void {
  const { slab } = twin
  const textAt = twin.core.text_at()
  return text => {
    slab[WORD_FAULT] = FAULT_UNUSABLE
    const { room } = twin
    const size = room < 0 ? -1 : twin.copyText(text, textAt)
    if (size < 0) return
    twin.begin()
    encode(size, room)
    twin.end()
    twin.copyOut()
  }
}

function unusable (slab: Uint32Array): undefined {
  slab[WORD_OUTCOME] = OUTCOME_UNUSABLE
}

function continuesHead (twin: Twin): Binding['continueRequestHead'] {
  const { core, slab } = twin
  return (bytes, kept) => {
    const size = sizeOf(bytes)
    if (size < 0 || !twin.copyKeptIn(kept)) return unusable(slab)
    twin.begin()
    const at = core.continue_request_head(twin.copyIn(bytes, size), kept.length)
    const text = twin.endWithText(at)
    twin.copyKeptOut(kept)
    return text
  }
}

function transcodes (twin: Twin): Binding['transcodeRequestHead'] {
  const { core, slab } = twin
  const textAt = core.replaced_text_at()
  return (bytes, text) => {
    const size = sizeOf(bytes)
    const { room } = twin
    const textSize = slab[WORD_PART_COUNT] === 0 ? 0 : twin.copyText(text, textAt)
    slab[WORD_FAULT] = textSize < 0 ? FAULT_UNUSABLE : 0
    if (size < 0 || room < 0 || textSize < 0) return unusable(slab)
    twin.begin()
    let at = core.transcode_request_head(twin.copyIn(bytes, size, FIRST_BYTES), textSize, room)
    if (size > FIRST_BYTES && slab[WORD_OUTCOME] === 0) at = core.transcode_request_head(twin.copyIn(bytes, size), textSize, room)
    const given = twin.endWithText(at)
    if (slab[WORD_OUTCOME] === 1) twin.copyOut()
    return given
  }
}

/** The text that ends with a zero byte. */
function zeroTerminated (memory: ArrayBuffer, at: number): string {
  const bytes = new Uint8Array(memory)
  return latin1(bytes, at, bytes.indexOf(0, at))
}

function kernelsOf (core: Core): string[] {
  const names: string[] = []
  for (let at = core.kernel_name_at(0); at !== 0; at = core.kernel_name_at(names.length)) names.push(zeroTerminated(core.memory.buffer, at))
  return names
}

/** The twin as a binding. `module`: as in twin_module.js. Throws where there is no WebAssembly with SIMD. @internal */
export function twinBinding (module: string): Binding {
  const core = instantiate(module)
  const twin = new Twin(core)
  return {
    slab: twin.slab,
    kernels: kernelsOf(core),
    useKernel: core.use_kernel,
    requestModifiers: Array.from({ length: MODIFIERS }, (_, modifier1) => modifier1).filter(modifier1 => core.announces_request(modifier1) !== 0),
    decodePacket: decodesHead(twin, core.decode_packet),
    decodeRequestHead: decodesHead(twin, core.decode_request_head),
    continueRequestHead: continuesHead(twin),
    transcodeRequestHead: transcodes(twin),
    want (slot, serial, number, position) {
      twin.begin()
      core.want_value(slot, serial, number, position)
      twin.end()
    },
    decodeArray: decodes(twin, core.decode_array),
    setOutput: memory => { twin.setOutput(memory) },
    makePacketForm: makesForm(twin, core.make_packet_form),
    encodeVars: encodes(twin, core.encode_vars),
    makeHeadForm: makesForm(twin, core.make_head_form),
    encodeResponseHead: encodes(twin, core.encode_response_head),
    decodeResponseHead: decodes(twin, core.decode_response_head),
    decodeChunked: decodes(twin, core.decode_chunked)
  }
}
