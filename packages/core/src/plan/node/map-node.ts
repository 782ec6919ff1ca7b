/** A function that a plan names and an engine is given; the plan holds no code. */
export interface NamedFunction {
  /** The map asset that declares it; of a plan written by hand any name. */
  readonly name: string
  /** `sha256:…` of the function's source text: another function is another plan. May be left out by hand. */
  readonly hash?: string
  /** By hand: the file that exports it, from where the plan's file lies. */
  readonly module?: string
  /** The name of the export; `default` when left out. */
  readonly export?: string
}

/** A column that a function gives. */
export interface MapColumn {
  readonly name: string
  readonly type: string
  readonly nullable?: boolean
}

/**
 * Gives to each row columns that a function computes from it: they replace the input's of the same name, in place, or stand behind them.
 * Event time and stamp stay. A row whose function throws, or gives another shape, is a dead letter.
 */
export interface MapNode {
  readonly id: string
  readonly kind: 'map'
  readonly input: string
  readonly function: NamedFunction
  /** Columns that the function is given. */
  readonly reads: readonly string[]
  readonly columns: readonly MapColumn[]
}
