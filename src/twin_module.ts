// The WebAssembly module of the twin, brotli in base64. The sources have none: `npm run build` puts it in the place of this file, in dist, where
// there is clang (scripts/wasm.mjs). It is text, so that whoever bundles the package has it.

/** @internal */
export const twinModule: string | undefined = undefined
