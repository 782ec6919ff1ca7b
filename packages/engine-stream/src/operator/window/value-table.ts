import { type Column, columnKind } from '@millrace/columnar'
import { NumberTable } from './number-table.ts'
import { TextTable } from './text-table.ts'

/** Rows of a frame: the first `count` of `selection`, or rows 0 to count − 1. */
export interface RowRange {
  readonly selection: Int32Array | null
  readonly count: number
  /** Rows of the columns. */
  readonly rows: number
}

/** Gives the values of one column dense ids that stay as long as the table; null is 0. */
export interface ValueTable {
  /** Number of ids, 0 included. */
  readonly size: number
  /** Bytes that it takes in memory. */
  readonly bytes: number
  /** Ids by row number, filled for the rows of the range. */
  idsOf(column: Column, range: RowRange): Int32Array
  /** The values of the first `count` ids. */
  columnOf(ids: Int32Array, count: number): Column
}

export function valueTable(type: string): ValueTable {
  const kind = columnKind(type)
  return kind === 'string' || kind === 'bytes' ? new TextTable(kind) : new NumberTable(type)
}

/** A table of only the given ids, and the new id of each. */
export function compactedTable(
  table: ValueTable,
  live: { readonly ids: Int32Array; readonly type: string },
): { table: ValueTable; ids: Int32Array } {
  const compacted = valueTable(live.type)
  const count = live.ids.length
  return { table: compacted, ids: compacted.idsOf(table.columnOf(live.ids, count), { selection: null, count, rows: count }) }
}
