// What is made of samples that were taken in rounds. Knows nothing of what was measured.

export function median (values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** What `a` is divided by `b`, in each round. Its median is steadier than medians divided: a round that is slow is slow for both. */
export function ratios (a, b) {
  return a.map((value, round) => value / b[round])
}
