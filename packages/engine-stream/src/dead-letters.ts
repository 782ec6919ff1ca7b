import { type Batch, rowsOf } from '@millrace/columnar'
import type { MapDeadLetter, MapReason } from '@millrace/core'

/** The rows that a plan's maps refused. */
export function deadLetters(batches: readonly Batch[]): MapDeadLetter[] {
  return batches.flatMap((batch) =>
    rowsOf(batch).map(([node, source, arrival, , reason, message, record]) => ({
      node: String(node),
      source: source === null ? null : String(source),
      arrival: arrival === null ? null : Number(arrival),
      reason: reason as MapReason,
      message: String(message),
      record: String(record),
    })),
  )
}
