/** The same rows, repartitioned by other keys; records keep their stamps. */
export interface ExchangeNode {
  readonly id: string
  readonly kind: 'exchange'
  readonly input: string
  readonly keys: readonly string[]
  readonly partitions?: number
}
