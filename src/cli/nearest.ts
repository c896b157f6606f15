// What somebody has probably meant who mistyped a word. Knows no command.

/** How many characters have to be put in, left out, replaced, or swapped with their neighbour, to make one word of the other. */
function distance (a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** The word that `wrong` is near to, or the beginning of, among those there are. undefined: to none of them, or too many are possible. */
export function nearest (wrong: string, words: readonly string[]): string | undefined {
  const begun = wrong.length > 1 ? words.filter(word => word.startsWith(wrong)) : []
  if (begun.length === 1) return begun[0]
  const [best] = words.map(word => ({ word, away: distance(wrong.toLowerCase(), word.toLowerCase()) })).sort((a, b) => a.away - b.away)
  if (best === undefined) return undefined
  const letters = Math.min(...[wrong, best.word].map(word => word.replace(/^-+/, '').length))
  return best.away <= Math.max(1, Math.floor(letters / 3)) ? best.word : undefined
}

/** The same as the end of a sentence, or nothing. */
export function didYouMean (wrong: string, words: readonly string[]): string {
  const word = nearest(wrong, words)
  return word === undefined ? '' : `; did you mean ${word}?`
}
