import type { Row } from './row.ts'

/** Union: all rows; a row's position tells first which input it came from, then which position it had there. */
export function union(inputs: readonly (readonly Row[])[], positions: number): Row[] {
  const within = positions / inputs.length
  return inputs.flatMap((rows, place) =>
    rows.map((row) => ({ ...row, tie: { arrival: row.tie.arrival, position: place * within + row.tie.position } })),
  )
}
