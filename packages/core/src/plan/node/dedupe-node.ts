/**
 * Drops a row when another accepted row of its key, dropped or not, stands before it in (event time, tie) order and lies at most
 * `horizon_ms` before it.
 */
export interface DedupeNode {
  readonly id: string
  readonly kind: 'dedupe'
  readonly input: string
  readonly keys: readonly string[]
  readonly horizon_ms: number
}
