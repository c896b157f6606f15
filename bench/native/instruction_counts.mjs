// Comparing counts of instructions with those on record. A count has a name, `KERNEL / ENTRY / INPUT`. Knows neither valgrind nor files.

/** A count may grow by so much of what is on record. */
export const TOLERANCE = 0.03

/**
 * Counts that are not as recorded, those that grew most first. `grown`, `shrunk`: by more than the tolerance; `other`: by less; `added`: not
 * on record; `gone`: on record only. Each has a name, and the numbers `before` and `now` as far as they exist.
 */
export function compareCounts (recorded, counted) {
  const result = { grown: [], shrunk: [], other: [], added: [], gone: [], same: 0 }
  for (const [name, now] of Object.entries(counted)) {
    const before = recorded[name]
    if (before === undefined) result.added.push({ name, now })
    else if (now === before) result.same++
    else if (now > before * (1 + TOLERANCE)) result.grown.push({ name, before, now })
    else if (now < before * (1 - TOLERANCE)) result.shrunk.push({ name, before, now })
    else result.other.push({ name, before, now })
  }
  for (const [name, before] of Object.entries(recorded)) {
    if (!Object.hasOwn(counted, name)) result.gone.push({ name, before })
  }
  for (const list of [result.grown, result.shrunk, result.other]) list.sort((a, b) => b.now / b.before - a.now / a.before)
  return result
}

/** Whether counts as they are may stand with the record as it is: nothing grew, and the record knows all that is counted, and no more. */
export function isWithinRecord ({ grown, added, gone }) {
  return grown.length + added.length + gone.length === 0
}

function percent (before, now) {
  const change = (now / before - 1) * 100
  return `${change > 0 ? '+' : ''}${change.toFixed(1)} %`
}

/** What a comparison says, as lines: nothing where all is as recorded. */
export function describeComparison ({ grown, shrunk, other, added, gone }) {
  const changed = (title, list) => list.length === 0
    ? []
    : [title, ...list.map(({ name, before, now }) => `  ${percent(before, now).padStart(8)}  ${before} -> ${now}  ${name}`)]
  const single = (title, list, numberOf) => list.length === 0 ? [] : [title, ...list.map(count => `  ${numberOf(count)}  ${count.name}`)]
  const most = `${TOLERANCE * 100} %`
  return [
    ...changed(`grew by more than ${most}:`, grown),
    ...changed('changed:', other),
    ...changed(`shrank by more than ${most}; the record should hold what was gained:`, shrunk),
    ...single('not on record:', added, ({ now }) => now),
    ...single('on record, but not counted by this build on this processor:', gone, ({ before }) => before)
  ]
}

/** The text of a record: sorted, one line for each count. */
export function recordText (counts) {
  const names = Object.keys(counts).sort()
  return `${JSON.stringify(Object.fromEntries(names.map(name => [name, counts[name]])), null, 2)}\n`
}

/** Names and counts in a profile that callgrind has written: of each part that has a name, the name and all instructions of the part. */
export function readProfile (text) {
  const name = /^desc: Trigger: Client Request: (.*)$/m.exec(text)?.[1]
  const total = /^totals: (\d+)$/m.exec(text)?.[1]
  return name === undefined || total === undefined ? undefined : { name, count: Number(total) }
}
