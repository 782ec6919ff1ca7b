import type { Batch, Column } from './column.ts'

/** A value of a column in JavaScript: int64 is a number when safe, else a bigint; timestamps are epoch ms; dates are days since 1970. */
export type Value = null | boolean | number | bigint | string | Uint8Array

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER)

/** Whether a double holds this int64 exactly, together with its neighbours. */
export function isSafe(value: bigint): boolean {
  return value <= SAFE_MAX && value >= -SAFE_MAX
}

/** The value of one row. Rows are counted from 0; a row outside the column is not checked. */
export function valueAt(column: Column, row: number): Value {
  if (column.nulls !== null && column.nulls[row] === 1) return null
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1
    case 'string':
      return column.dictionary.text(column.codes[row])
    case 'bytes':
      return column.dictionary.entry(column.codes[row])
    case 'int64':
      return column.safe ? column.values[row] : narrow(column.values[row])
    default:
      return column.values[row]
  }
}

/** All rows as arrays of values, in the order of the batch's fields. Bytes are views, not copies. */
export function rowsOf(batch: Batch): Value[][] {
  const width = batch.columns.length
  const rows: Value[][] = new Array(batch.rows)
  for (let row = 0; row < batch.rows; row++) rows[row] = new Array<Value>(width)
  for (let place = 0; place < width; place++) {
    const column = batch.columns[place]
    for (let row = 0; row < batch.rows; row++) rows[row][place] = valueAt(column, row)
  }
  return rows
}

function narrow(value: bigint): number | bigint {
  return isSafe(value) ? Number(value) : value
}
