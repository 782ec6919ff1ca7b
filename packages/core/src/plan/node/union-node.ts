/** All rows of inputs with the same columns; each keeps its own source's stamp. */
export interface UnionNode {
  readonly id: string
  readonly kind: 'union'
  readonly inputs: readonly string[]
}
