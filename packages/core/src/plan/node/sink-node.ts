/** Carries its input's rows, unchanged, to a place outside. */
export interface SinkNode {
  readonly id: string
  readonly kind: 'sink'
  readonly input: string
  /** Name of the place. */
  readonly to: string
}
