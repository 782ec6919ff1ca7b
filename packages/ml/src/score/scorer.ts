/** A model file that is open for scoring. */
export interface Scorer {
  readonly features: readonly string[]
  /** Threads it computes on; 1 is the caller's own. */
  readonly threads: number
  /** Outputs so far that were not finite. */
  readonly nonFinite: number
  /**
   * Scores rows laid out row by row, float32 [rows, features]. A score that is not finite is NaN in the result and means null.
   *
   * @throws operating error `model/scoring-failed`, after which another call may succeed
   */
  score(matrix: Float32Array, rows: number): Promise<Float64Array>
  /** Frees the model once what is being scored is done. */
  close(): Promise<void>
}
