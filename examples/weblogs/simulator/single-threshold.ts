/** Rows of one feature view, column by column. */
export interface ScoredRows {
  /** NaN where a row has no value. */
  readonly columns: Readonly<Record<string, Float64Array>>
  /** For each row: the attacks that overlap its key and window; empty for a quiet row. */
  readonly attacks: readonly (readonly string[])[]
  /** For each row: its key. Absent: all rows are of one. */
  readonly keys?: readonly string[]
}

export interface AttackSeen {
  readonly id: string
  readonly kind: string
  /** How many keys must have a row that alarms; 1 when absent. */
  readonly keysMin?: number
}

/** The best that one feature can do alone. */
export interface ThresholdTrial {
  readonly feature: string
  /** `above`: rows greater than or equal to the threshold alarm; `below`: less than or equal. */
  readonly direction: 'above' | 'below'
  /** The threshold that lets through as few quiet rows as it can while all kinds are found; of no worth when `findsAll` is false. */
  readonly threshold: number
  /** Share of quiet rows that alarm at that threshold. */
  readonly falseRate: number
  /** Kinds of which every attack has an alarm while at most `falseRateMax` of the quiet rows alarm. */
  readonly kindsFound: readonly string[]
  /** Whether one threshold finds every attack of every kind within `falseRateMax`. */
  readonly findsAll: boolean
}

/**
 * Tries every threshold in both directions on every feature. An attack is found when enough of its keys have a row that alarms; a threshold
 * need not be tried beyond those at which some attack is just found, as between them only the number of false alarms changes.
 *
 * @param seen the attacks that are to be found.
 * @param falseRateMax greatest share of quiet rows that may alarm, e.g. 0.001.
 * @returns one trial per feature and direction; nothing finds all kinds when none has `findsAll`.
 */
export function tryThresholds(rows: ScoredRows, seen: readonly AttackSeen[], falseRateMax: number): ThresholdTrial[] {
  return Object.entries(rows.columns).flatMap(([feature, values]) =>
    (['above', 'below'] as const).map((direction) => tryFeature(rows, seen, { feature, values, direction, falseRateMax })),
  )
}

interface Try {
  readonly feature: string
  readonly values: Float64Array
  readonly direction: 'above' | 'below'
  readonly falseRateMax: number
}

function tryFeature(rows: ScoredRows, seen: readonly AttackSeen[], { feature, values, direction, falseRateMax }: Try): ThresholdTrial {
  const sign = direction === 'above' ? 1 : -1
  const bestOfKeys = new Map(seen.map(({ id }) => [id, new Map<string, number>()]))
  const quiet: number[] = []
  let quietRows = 0
  for (const [row, attacks] of rows.attacks.entries()) {
    const value = sign * values[row]
    if (attacks.length === 0) {
      quietRows++
      if (!Number.isNaN(value)) quiet.push(value)
    } else for (const id of attacks) keepGreatest(bestOfKeys.get(id), rows.keys?.[row] ?? '', value)
  }
  const best = new Map(
    seen.map(({ id, keysMin = 1 }) => [id, greatestAt([...(bestOfKeys.get(id) as Map<string, number>).values()], keysMin)]),
  )
  const sorted = Float64Array.from(quiet).sort()
  const falseRateAt = (threshold: number): number => (quietRows === 0 ? 0 : (sorted.length - firstAtLeast(sorted, threshold)) / quietRows)
  const isFound = (id: string): boolean => {
    const value = best.get(id) as number
    return value > Number.NEGATIVE_INFINITY && falseRateAt(value) <= falseRateMax
  }
  const kinds = [...new Set(seen.map(({ kind }) => kind))]
  const kindsFound = kinds.filter((kind) => seen.every((attack) => attack.kind !== kind || isFound(attack.id)))
  const threshold = Math.min(...best.values())
  const findsAll = seen.length > 0 && kindsFound.length === kinds.length
  return { feature, direction, threshold: sign * threshold, falseRate: falseRateAt(threshold), kindsFound, findsAll }
}

function keepGreatest(best: Map<string, number> | undefined, key: string, value: number): void {
  if (best !== undefined && value > (best.get(key) ?? Number.NEGATIVE_INFINITY)) best.set(key, value)
}

/** The greatest value that `count` of the values reach. */
function greatestAt(values: number[], count: number): number {
  return values.sort((a, b) => b - a)[count - 1] ?? Number.NEGATIVE_INFINITY
}

function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] >= wanted) high = middle
    else low = middle + 1
  }
  return low
}
