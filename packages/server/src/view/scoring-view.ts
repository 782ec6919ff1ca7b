/** What scoring a matrix of rows gave; arrays have one entry per row. */
export interface ScoredRows {
  /** Null when no version is deployed. */
  readonly version: number | null
  readonly threshold: number | null
  /** NaN where there is no score. */
  readonly scores: ArrayLike<number>
  /** 1 for a positive decision. */
  readonly decisions: ArrayLike<number>
  /** 1 where the fallback rule decided. */
  readonly fallback: ArrayLike<number>
}

/** The latest feature row of a key. */
export interface LatestRow {
  /** In the model's order of features, NaN for NULL. */
  readonly row: Float32Array
  /** End of the row's window, epoch ms. */
  readonly featuresAt: number
  /** Event time the stream has reached minus `featuresAt`. */
  readonly stalenessMs: number
}

export interface ScoredModel {
  readonly name: string
  /** Names of the features, in the order of a row. */
  readonly features: readonly string[]
  /** Columns of the view's key. */
  readonly keys: readonly string[]
}

export interface ScoringView {
  /** Models that can be asked; the same object for a name as long as nothing changed. */
  model(name: string): ScoredModel | undefined
  names(): readonly string[]
  /** Scores `count` rows, row-major in the order of `features`. Throws a MillraceError only when neither model nor fallback can decide. */
  score(model: string, rows: Float32Array, count: number): Promise<ScoredRows>
  latest(model: string, key: Readonly<Record<string, string | number | boolean | null>>): Promise<LatestRow | undefined>
}
