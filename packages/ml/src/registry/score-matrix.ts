import type { Scorer } from '../score/scorer.ts'
import type { TrainingMatrix } from '../train/training-matrix.ts'

/** Rows that are laid out and scored at once. */
const ROWS_AT_ONCE = 8192

/** Scores every row of a matrix, whose columns are found by the scorer's names. A row that gets no finite score is NaN. */
export async function scoreMatrix(scorer: Scorer, matrix: Pick<TrainingMatrix, 'features' | 'columns' | 'rows'>): Promise<Float64Array> {
  const columns = scorer.features.map((name) => matrix.columns[matrix.features.indexOf(name)])
  const scores = new Float64Array(matrix.rows)
  const width = columns.length
  for (let from = 0; from < matrix.rows; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, matrix.rows - from)
    const laid = new Float32Array(rows * width)
    for (const [at, column] of columns.entries()) for (let row = 0; row < rows; row++) laid[row * width + at] = column[from + row]
    scores.set(await scorer.score(laid, rows), from)
  }
  return scores
}

/** The columns of a matrix that are called so, in this order. */
export function withFeatures<M extends Pick<TrainingMatrix, 'features' | 'columns'>>(matrix: M, features: readonly string[]): M {
  return { ...matrix, features, columns: features.map((name) => matrix.columns[matrix.features.indexOf(name)]) }
}
