import type { Column, Field } from '@millrace/columnar'
import { PairTable } from './pair-table.ts'
import { type RowRange, type ValueTable, valueTable } from './value-table.ts'

/**
 * Gives key tuples dense ids: each column's values have ids, and pairs of ids are folded from the left. Without key columns
 * every row has id 0; null is a value like others.
 */
export class KeyTable {
  readonly #fields: readonly Field[]
  readonly #values: readonly ValueTable[]
  readonly #pairs: readonly PairTable[]

  /** @param tableOf makes the table of one column's values */
  constructor(fields: readonly Field[], tableOf: (type: string) => ValueTable = valueTable) {
    this.#fields = fields
    this.#values = fields.map((field) => tableOf(field.type))
    this.#pairs = fields.slice(1).map(() => new PairTable())
  }

  /** Greater than every id given out. */
  get size(): number {
    return this.#pairs.at(-1)?.size ?? this.#values[0]?.size ?? 1
  }

  /** Key ids by row number, filled for the rows of the range. */
  idsOf(columns: readonly Column[], range: RowRange): Int32Array {
    if (columns.length === 0) return new Int32Array(range.rows)
    const ids = this.#values[0].idsOf(columns[0], range)
    for (let place = 1; place < columns.length; place++) {
      const pairs = this.#pairs[place - 1]
      const other = this.#values[place].idsOf(columns[place], range)
      for (let k = 0; k < range.count; k++) {
        const row = range.selection === null ? k : range.selection[k]
        ids[row] = pairs.idOf(ids[row], other[row])
      }
    }
    return ids
  }

  /** The key columns of the first `count` ids. */
  columnsOf(ids: Int32Array, count: number): Column[] {
    const columns: Column[] = new Array(this.#values.length)
    let left: Int32Array = ids
    for (let place = this.#values.length - 1; place > 0; place--) {
      const { a, b } = this.#pairs[place - 1]
      columns[place] = this.#values[place].columnOf(gather(b, left, count), count)
      left = gather(a, left, count)
    }
    if (columns.length > 0) columns[0] = this.#values[0].columnOf(left, count)
    return columns
  }

  /** One key column of the first `count` ids. */
  columnAt(place: number, ids: Int32Array, count: number): Column {
    let left = ids
    for (let right = this.#values.length - 1; right > 0; right--) {
      const { a, b } = this.#pairs[right - 1]
      if (right === place) return this.#values[place].columnOf(gather(b, left, count), count)
      left = gather(a, left, count)
    }
    return this.#values[place].columnOf(left, count)
  }

  /** A table of only the given ids, and the new id of each. */
  compacted(live: Int32Array): { table: KeyTable; ids: Int32Array } {
    const table = new KeyTable(this.#fields)
    const count = live.length
    return { table, ids: table.idsOf(this.columnsOf(live, count), { selection: null, count, rows: count }) }
  }
}

function gather(source: Int32Array, ids: Int32Array, count: number): Int32Array {
  const gathered = new Int32Array(count)
  for (let i = 0; i < count; i++) gathered[i] = source[ids[i]]
  return gathered
}
