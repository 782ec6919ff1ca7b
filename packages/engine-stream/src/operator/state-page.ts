/** One entry of the state store; undefined removes it. */
export interface StatePage {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** A page as it lies in the state store. */
export interface KeptPage {
  readonly key: string
  readonly value: Uint8Array
}
