import type { Column } from '@millrace/columnar'
import { StreamFault } from '../stream-fault.ts'
import { highWord, highWordOf, lowWordOf, numberColumn } from './number-words.ts'
import { PairTable } from './pair-table.ts'
import type { RowRange, ValueTable } from './value-table.ts'

/** Ids of numbers, times, dates and booleans, as the high and low 32 bits of a 64-bit integer. */
export class NumberTable implements ValueTable {
  readonly #type: string
  readonly #pairs = new PairTable()

  constructor(type: string) {
    if (type === 'double')
      throw new StreamFault('stream/double-identity', 'A double was to be used as a key or counted as a distinct value.')
    this.#type = type
  }

  get size(): number {
    return this.#pairs.size
  }

  get bytes(): number {
    return this.#pairs.bytes
  }

  idsOf(column: Column, { selection, count, rows }: RowRange): Int32Array {
    const ids = new Int32Array(rows)
    const { nulls } = column
    if (column.kind === 'int64' && !column.safe) return this.#wideIds(column.values, nulls, { selection, count, rows })
    const values = (column as Exclude<Column, { kind: 'string' | 'bytes' }>).values as Float64Array | Int32Array | Uint8Array
    const pairs = this.#pairs
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (nulls !== null && nulls[row] === 1) continue
      const value = values[row]
      ids[row] = pairs.idOf(highWord(value), value | 0)
    }
    return ids
  }

  #wideIds(values: BigInt64Array, nulls: Uint8Array | null, { selection, count, rows }: RowRange): Int32Array {
    const ids = new Int32Array(rows)
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (nulls !== null && nulls[row] === 1) continue
      ids[row] = this.#pairs.idOf(highWordOf(values[row]), lowWordOf(values[row]))
    }
    return ids
  }

  columnOf(ids: Int32Array, count: number): Column {
    const high = new Int32Array(count)
    const low = new Int32Array(count)
    let nulls: Uint8Array | null = null
    for (let i = 0; i < count; i++) {
      const id = ids[i]
      if (id === 0) {
        nulls ??= new Uint8Array(count)
        nulls[i] = 1
      }
      high[i] = this.#pairs.a[id]
      low[i] = this.#pairs.b[id]
    }
    return numberColumn(this.#type, { high, low, nulls })
  }
}
