/** A column that a model gives. */
export interface ScoreColumn {
  readonly name: string
  readonly type: string
  readonly nullable?: boolean
}

/** The input's columns, then the outputs of a model. */
export interface ScoreNode {
  readonly id: string
  readonly kind: 'score'
  readonly input: string
  /** Name of the model asset whose deployed version scores. */
  readonly model: string
  readonly columns: readonly ScoreColumn[]
}
