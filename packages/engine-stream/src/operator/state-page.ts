/** One entry of the state store; undefined removes it. */
export interface StatePage {
  readonly key: string
  readonly value: Uint8Array | undefined
  /** Whether it lies apart from those that a runner is filled from, to be read when it is needed. */
  readonly apart?: true
}

/** A page as it lies in the state store. */
export interface KeptPage {
  readonly key: string
  readonly value: Uint8Array
}
