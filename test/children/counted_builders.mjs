// What is compiled for shapes and how often it is called, counted. To be imported before the codec, which takes Function when it is loaded.
export const counts = { compiled: 0, byBuilder: 0 }

const { Function: RealFunction } = globalThis
globalThis.Function = new Proxy(RealFunction, {
  construct (target, args) {
    counts.compiled++
    return new Proxy(Reflect.construct(target, args), {
      apply (made, self, values) {
        const build = Reflect.apply(made, self, values)
        return (...head) => {
          counts.byBuilder++
          return build(...head)
        }
      }
    })
  }
})

/** What was counted during `work`. */
export function during (work) {
  const { compiled, byBuilder } = counts
  work()
  return { compiled: counts.compiled - compiled, byBuilder: counts.byBuilder - byBuilder }
}
