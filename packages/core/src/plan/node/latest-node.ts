/** One current row per key: that of the greatest event time, then tie. An upsert; where the boolean column `deleted` of it is true, the key has no row. */
export interface LatestNode {
  readonly id: string
  readonly kind: 'latest'
  readonly input: string
  readonly keys: readonly string[]
  /** Name of the boolean column. */
  readonly deleted?: string
}
