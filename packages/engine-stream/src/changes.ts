import { type Batch, columnOf, type Field, type Int32Column, rowsOf, selectColumns } from '@millrace/columnar'
import type { RowChange, Value } from '@millrace/core'
import { CHANGE_NAMES, takesBack } from './operator/ordered/change.ts'

/** The user columns of a plan's output rows, and what each row says; rows that are never corrected are new. */
export function changesIn(batch: Batch, fields: readonly Field[]): RowChange[] {
  const said = (columnOf(batch, '_op') as Int32Column | undefined)?.values
  const rows =
    fields.length === 0
      ? Array.from({ length: batch.rows }, (): Value[] => [])
      : rowsOf(
          selectColumns(
            batch,
            fields.map((field) => field.name),
          ),
        )
  return rows.map((values, row) => ({ op: CHANGE_NAMES[said?.[row] ?? 0], values }))
}

/** What is left of rows when those that were taken back are gone. */
export function finalRows(changes: readonly RowChange[]): readonly (readonly Value[])[] {
  if (changes.every(({ op }) => op === '+I')) return changes.map(({ values }) => values)
  const left = new Map<string, { values: readonly Value[]; count: number }>()
  for (const { op, values } of changes) {
    const name = JSON.stringify(values, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? [...value] : value,
    )
    const row = left.get(name) ?? { values, count: 0 }
    row.count += takesBack(CHANGE_NAMES.indexOf(op)) ? -1 : 1
    left.set(name, row)
  }
  return [...left.values()].flatMap(({ values, count }) => Array.from({ length: Math.max(0, count) }, () => values))
}
