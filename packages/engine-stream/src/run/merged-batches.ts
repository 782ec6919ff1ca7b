import { type Batch, concatBatches } from '@millrace/columnar'
import { OUTPUT_ROWS_MAX } from '../operator/window/window-output.ts'

/** Joins neighbouring batches while they stay within the size of an output batch. */
export function mergedBatches(batches: readonly Batch[]): Batch[] {
  const joined: Batch[] = []
  let open: Batch[] = []
  let rows = 0
  for (const batch of batches) {
    if (rows > 0 && rows + batch.rows > OUTPUT_ROWS_MAX) {
      joined.push(concatBatches(open))
      open = []
      rows = 0
    }
    open.push(batch)
    rows += batch.rows
  }
  if (open.length > 0) joined.push(concatBatches(open))
  return joined
}
