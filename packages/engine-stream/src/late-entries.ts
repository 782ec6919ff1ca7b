import { type Batch, rowsOf } from '@millrace/columnar'
import type { CheckedPlan, LateEntry } from '@millrace/core'

/**
 * The late rows of a plan's operators. A record that is late on both sides of a join is one entry, however its two ways went.
 *
 * @param only the source of rows that do not name theirs
 */
export function lateEntries(plan: CheckedPlan, batches: readonly Batch[], only: string): LateEntry[] {
  const seen = new Set<string>()
  return batches
    .flatMap((batch) => entriesOf(batch, only))
    .filter(({ source, arrival, node }) => {
      if (plan.byId.get(node)?.node.kind !== 'join') return true
      const name = JSON.stringify([source, arrival, node])
      const first = !seen.has(name)
      seen.add(name)
      return first
    })
}

function entriesOf(batch: Batch, only: string): LateEntry[] {
  const place = (name: string): number => batch.fields.findIndex((field) => field.name === name)
  const [arrival, late, missed, node, source] = ['_arrival', '_late', '_windows_missed', '_node', '_source'].map(place)
  return rowsOf(batch).map((row) => ({
    source: source < 0 ? only : String(row[source]),
    arrival: Number(row[arrival]),
    late: row[late] as 'all' | 'some',
    windows_missed: Number(row[missed]),
    node: String(row[node]),
  }))
}
