import { seededRandom } from '../src/train/random.ts'
import type { TrainingMatrix } from '../src/train/training-matrix.ts'

export interface TrainingRowsOptions {
  readonly rows: number
  readonly features?: number
  readonly seed?: number
  /** Share of missing values in each column. */
  readonly missing?: number
}

/** Rows whose first feature decides most, the second where it is great; the rest is noise. */
export function trainingRows({ rows, features = 4, seed = 1, missing = 0 }: TrainingRowsOptions): TrainingMatrix {
  const random = seededRandom(seed)
  const columns = Array.from({ length: features }, () => Float32Array.from({ length: rows }, () => random() * 4 - 2))
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const logOdds = 2 * columns[0][row] + (columns[features > 1 ? 1 : 0][row] > 1 ? 2 : -0.5)
    return random() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0
  })
  for (const column of columns) for (let row = 0; row < rows; row++) if (random() < missing) column[row] = Number.NaN
  return { features: columns.map((_, at) => `num${at + 1}`), columns, labels, rows }
}
