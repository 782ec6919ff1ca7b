import { type Column, int64Column } from '@millrace/columnar'
import { StreamFault } from '../stream-fault.ts'
import { PairTable } from './pair-table.ts'
import type { RowRange, ValueTable } from './value-table.ts'

const TWO_32 = 4_294_967_296

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
      ids[row] = pairs.idOf(Math.floor(value / TWO_32), value | 0)
    }
    return ids
  }

  #wideIds(values: BigInt64Array, nulls: Uint8Array | null, { selection, count, rows }: RowRange): Int32Array {
    const ids = new Int32Array(rows)
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (nulls !== null && nulls[row] === 1) continue
      ids[row] = this.#pairs.idOf(Number(values[row] >> 32n), Number(BigInt.asIntN(32, values[row])))
    }
    return ids
  }

  columnOf(ids: Int32Array, count: number): Column {
    const values = new Float64Array(count)
    let nulls: Uint8Array | null = null
    let safe = true
    for (let i = 0; i < count; i++) {
      const id = ids[i]
      if (id === 0) {
        nulls ??= new Uint8Array(count)
        nulls[i] = 1
        continue
      }
      values[i] = this.#pairs.a[id] * TWO_32 + (this.#pairs.b[id] >>> 0)
      safe &&= Number.isSafeInteger(values[i])
    }
    switch (this.#type) {
      case 'boolean':
        return { kind: 'boolean', values: Uint8Array.from(values), nulls }
      case 'int32':
      case 'date':
        return { kind: this.#type, values: Int32Array.from(values), nulls }
      case 'int64':
        return safe ? { kind: 'int64', safe, values, nulls } : int64Column(this.#wideValues(ids, count), nulls)
      default:
        return { kind: 'timestamp', values, nulls }
    }
  }

  #wideValues(ids: Int32Array, count: number): BigInt64Array {
    const values = new BigInt64Array(count)
    for (let i = 0; i < count; i++) {
      const id = ids[i]
      if (id !== 0) values[i] = (BigInt(this.#pairs.a[id]) << 32n) | BigInt(this.#pairs.b[id] >>> 0)
    }
    return values
  }
}
