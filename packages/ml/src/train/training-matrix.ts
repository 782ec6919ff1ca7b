import { userError } from '@millrace/core'

/** Rows to learn from: one float32 column per feature (NaN: missing), in the order of `features`. */
export interface TrainingMatrix {
  readonly features: readonly string[]
  /** Each of length `rows`; on a `SharedArrayBuffer` they reach other threads without a copy. */
  readonly columns: readonly Float32Array[]
  /** 0 or 1 per row. */
  readonly labels: Uint8Array
  /** Weight per row, 0 or greater; absent: 1 each. */
  readonly weights?: Float64Array
  readonly rows: number
}

/** A class with fewer rows than this cannot be learned. */
const CLASS_ROWS_MIN = 2

/**
 * Refuses what cannot be trained on.
 * @throws `model/no-features`, `model/no-rows`, `model/one-class`, `model/class-of-one`, `model/infinite-value`, `model/matrix-shape`, `model/bad-weight`
 */
export function checkTrainingMatrix(matrix: TrainingMatrix, kind: 'training' | 'validation' = 'training'): void {
  checkShape(matrix)
  if (matrix.features.length === 0) {
    throw userError('model/no-features', 'A model was asked for from no features at all.', {
      asked: matrix.features,
      do: 'Declare at least one numeric column in the view that the model is trained on.',
    })
  }
  if (matrix.rows === 0) {
    throw userError('model/no-rows', `The ${kind} set has no rows.`, {
      asked: matrix.features,
      found: 0,
      do: 'Ingest history that the labels cover, or choose another range of time.',
    })
  }
  checkClasses(matrix, kind)
  checkValues(matrix)
}

function checkShape({ features, columns, labels, weights, rows }: TrainingMatrix): void {
  const found = { columns: columns.length, rows: columns.map(({ length }) => length), labels: labels.length, weights: weights?.length }
  const fits = columns.length === features.length && columns.every(({ length }) => length === rows) && labels.length === rows
  if (fits && (weights === undefined || weights.length === rows)) return
  throw userError('model/matrix-shape', `A matrix of ${rows} rows and ${features.length} features has arrays of other lengths.`, {
    asked: { rows, columns: features.length },
    found,
    do: 'Give one column per feature, and one label (and weight) per row.',
  })
}

function checkClasses({ labels, rows }: TrainingMatrix, kind: string): void {
  const counts = [0, 0]
  for (let row = 0; row < rows; row++) counts[labels[row]]++
  const found = { negatives: counts[0], positives: counts[1], rows }
  if (counts[0] + counts[1] !== rows) {
    throw userError('model/matrix-shape', 'A label is neither 0 nor 1.', {
      found,
      do: 'Give 0 for a negative row and 1 for a positive one.',
    })
  }
  if (counts[0] === 0 || counts[1] === 0) {
    throw userError(
      'model/one-class',
      `All ${rows} ${kind} rows are ${counts[0] === 0 ? 'positive' : 'negative'}: there is nothing to tell apart.`,
      {
        found,
        do: 'Check that the labels and the rows cover the same time and keys, or train on a longer range.',
      },
    )
  }
  if (kind === 'training' && Math.min(counts[0], counts[1]) < CLASS_ROWS_MIN) {
    throw userError('model/class-of-one', `Of ${rows} ${kind} rows a single one is ${counts[1] === 1 ? 'positive' : 'negative'}.`, {
      found,
      do: 'Add labelled history: one row of a class teaches nothing that holds elsewhere.',
    })
  }
}

function checkValues({ features, columns, weights, rows }: TrainingMatrix): void {
  columns.forEach((column, at) => {
    for (let row = 0; row < rows; row++) {
      if (Math.abs(column[row]) !== Number.POSITIVE_INFINITY) continue
      throw userError('model/infinite-value', `Feature \`${features[at]}\` is infinite in row ${row} of the training set.`, {
        asked: features[at],
        found: { row, value: String(column[row]) },
        do: 'Keep the column within the range of a float32 (±3.4e38), or give null where there is no value.',
      })
    }
  })
  for (let row = 0; weights !== undefined && row < rows; row++) {
    if (weights[row] >= 0 && weights[row] < Number.POSITIVE_INFINITY) continue
    throw userError('model/bad-weight', `The weight of row ${row} is ${weights[row]}.`, {
      found: weights[row],
      do: 'Give each row a weight of 0 or more.',
    })
  }
}
