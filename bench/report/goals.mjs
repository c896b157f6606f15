// Goals and what was seen of them. Knows nothing of what was measured.

/** `atLeast` or `atMost`: the goal. The result: whether `seen` meets it, and the line that says so. */
export function goalOf (what, seen, { atLeast, atMost }) {
  const met = atLeast === undefined ? seen <= atMost : seen >= atLeast
  const goal = atLeast === undefined ? `at most ${atMost}x` : `${atLeast}x`
  return { met, text: `${met ? 'pass' : 'FAIL'}  ${what}: ${seen.toFixed(2)}x, goal ${goal}` }
}

/** All of them as a block of Markdown. */
export function goalBlock (goals) {
  return '```\n' + goals.map(({ text }) => text).join('\n') + '\n```'
}
