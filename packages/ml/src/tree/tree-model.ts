/**
 * A boosted ensemble of regression trees for two classes: log-odds = `baseScore` + the sum of one leaf value per tree.
 * Features are float32 in the order of `features`.
 */
export interface TreeModel {
  readonly features: readonly string[]
  /** Log-odds before any tree. */
  readonly baseScore: number
  readonly trees: readonly Tree[]
}

/** One tree as parallel arrays over its nodes; node 0 is the root. `x <= threshold` goes left, NaN goes where `missingLeft` says. */
export interface Tree {
  /** Index into the model's features; -1 at a leaf. */
  readonly feature: Int32Array
  readonly threshold: Float32Array
  /** 1 where NaN goes left. */
  readonly missingLeft: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** A leaf's share of the log-odds, learning rate included; 0 elsewhere. */
  readonly value: Float32Array
  /** Training weight that reached the node. */
  readonly cover: Float64Array
}
