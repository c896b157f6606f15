// Running something where the stack ends, for children.

/** A function that calls itself to the end of the stack, and `act` when so many of its frames are left; frames with `size` words more. */
export function divingFunction (size) {
  const words = Array.from({ length: size }, (_, i) => `w${i}`)
  return new Function('state', `
    const deeper = () => {
      ${words.map((word, i) => `let ${word} = state.left + ${i};`).join('')}
      try { deeper() } catch {}
      if (state.left-- === 0) try { state.result = state.act(state.subject) } catch (error) { state.thrown = error }
      return [${words.join()}].length
    }
    try { deeper() } catch {}`)
}
