import type { Column, DoubleColumn } from '@millrace/columnar'
import { PairTable } from './pair-table.ts'
import type { RowRange, ValueTable } from './value-table.ts'

/** Ids of doubles by their bits, for rows that are told apart by all their values. NaN and −0 never occur. */
export class DoubleTable implements ValueTable {
  readonly #pairs = new PairTable()
  readonly #double = new Float64Array(1)
  readonly #words = new Int32Array(this.#double.buffer)

  get size(): number {
    return this.#pairs.size
  }

  get bytes(): number {
    return this.#pairs.bytes
  }

  idsOf(column: Column, { selection, count, rows }: RowRange): Int32Array {
    const { values, nulls } = column as DoubleColumn
    const ids = new Int32Array(rows)
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (nulls !== null && nulls[row] === 1) continue
      this.#double[0] = values[row]
      ids[row] = this.#pairs.idOf(this.#words[0], this.#words[1])
    }
    return ids
  }

  columnOf(ids: Int32Array, count: number): Column {
    const values = new Float64Array(count)
    let nulls: Uint8Array | null = null
    for (let i = 0; i < count; i++) {
      if (ids[i] === 0) {
        nulls ??= new Uint8Array(count)
        nulls[i] = 1
        continue
      }
      this.#words[0] = this.#pairs.a[ids[i]]
      this.#words[1] = this.#pairs.b[ids[i]]
      values[i] = this.#double[0]
    }
    return { kind: 'double', values, nulls }
  }
}
