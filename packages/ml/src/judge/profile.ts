import type { TrainingMatrix } from '../train/training-matrix.ts'

/** What a feature looked like in a training set. */
export interface FeatureProfile {
  /** Quantiles of the rows without a positive label: the usual range is p01 to p99. Null where no such row has a value. */
  readonly quantiles: {
    readonly p01: number
    readonly p05: number
    readonly p50: number
    readonly p95: number
    readonly p99: number
  } | null
  /** Ascending bounds of the histogram's bins: bin i holds values in (edges[i − 1], edges[i]], the last bin what is greater. */
  readonly edges: readonly number[]
  /** Rows per bin, all rows; the last entry counts missing values. */
  readonly counts: readonly number[]
}

export type Profile = Readonly<Record<string, FeatureProfile>>

const BINS = 10
/** Rows that quantiles are taken from, evenly spaced over longer columns. */
const QUANTILE_ROWS_MAX = 200_000

/** The profile of every feature of a matrix. */
export function profileOf(matrix: Pick<TrainingMatrix, 'features' | 'columns' | 'labels'>): Profile {
  return Object.fromEntries(matrix.features.map((name, i) => [name, featureProfile(matrix.columns[i], matrix.labels)]))
}

function featureProfile(column: Float32Array, labels: Uint8Array): FeatureProfile {
  const quiet = sortedSample(column, (row) => labels[row] === 0)
  const all = sortedSample(column, () => true)
  const inner = Array.from({ length: BINS - 1 }, (_, i) => quantile(all, (i + 1) / BINS))
  const edges = all.length === 0 ? [] : [...new Set(inner)]
  return {
    quantiles:
      quiet.length === 0
        ? null
        : {
            p01: quantile(quiet, 0.01),
            p05: quantile(quiet, 0.05),
            p50: quantile(quiet, 0.5),
            p95: quantile(quiet, 0.95),
            p99: quantile(quiet, 0.99),
          },
    edges,
    counts: binCounts(column, edges),
  }
}

/** Values that are there, ascending; of a long column every n-th row's. */
function sortedSample(column: Float32Array, takes: (row: number) => boolean): Float32Array {
  const step = Math.max(1, Math.ceil(column.length / QUANTILE_ROWS_MAX))
  const sample = new Float32Array(Math.ceil(column.length / step))
  let taken = 0
  for (let row = 0; row < column.length; row += step) if (takes(row) && column[row] === column[row]) sample[taken++] = column[row]
  return sample.subarray(0, taken).sort()
}

/** The least value that at least this share of the values does not pass. */
function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** Rows per bin of `edges`; the last entry counts missing values. */
export function binCounts(column: Float32Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 2).fill(0)
  for (const value of column) {
    let bin = 0
    if (value === value) while (bin < edges.length && value > edges[bin]) bin++
    else bin = edges.length + 1
    counts[bin]++
  }
  return counts
}
