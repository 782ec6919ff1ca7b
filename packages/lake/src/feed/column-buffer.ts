import duckdb from '@duckdb/node-bindings'
import type { Column } from '@millrace/columnar'
import type { Bounds } from '../format/bound.ts'

/** Rows that go to DuckDB in one vector. */
export const VECTOR_ROWS_MAX = 65_536
const CAPACITY_MIN = 4096
/** No mask at all: every value is there. */
const NO_NULLS = new Uint8Array(0)

/** Vectors of DuckDB made for the current file, and what has to outlive them. */
export interface VectorSource {
  readonly type: duckdb.LogicalType
  /** Copies rows `[from, from + count)` into the vector. */
  copy(vector: duckdb.Vector, from: number, count: number): void
}

/** One column of the rows that wait to be written: a growing vector of the form DuckDB takes, filled from batches of any size. */
export abstract class ColumnBuffer {
  size = 0
  nullCount = 0
  #nulls = NO_NULLS
  readonly #bits = new Uint8Array(VECTOR_ROWS_MAX / 8)

  /** Adds the first `rows` values of `column`, copying them. */
  append(column: Column, rows: number): void {
    const size = this.size + rows
    this.grow(size)
    this.#appendNulls(column.nulls, rows)
    this.appendValues(column, rows)
    this.size = size
  }

  /** Least and greatest value so far. */
  abstract bounds(): Bounds
  /** Bytes held besides a fixed number per row. */
  abstract get extraBytes(): number
  abstract source(): VectorSource
  protected abstract appendValues(column: Column, rows: number): void
  protected abstract grow(size: number): void

  /** Starts over, keeping the memory. */
  clear(): void {
    this.size = 0
    this.nullCount = 0
    this.#nulls.fill(0)
  }

  /** Marks the nulls of rows `[from, from + count)` in a vector. */
  protected copyNulls(vector: duckdb.Vector, from: number, count: number): void {
    if (this.nullCount === 0) return
    const bytes = (count + 7) >> 3
    const bits = this.#bits.fill(0xff, 0, bytes)
    const nulls = this.#nulls
    const end = Math.min(from + count, nulls.length)
    for (let row = from; row < end; row++) if (nulls[row] === 1) bits[(row - from) >> 3] &= ~(1 << ((row - from) & 7))
    duckdb.vector_ensure_validity_writable(vector)
    duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bytes)
  }

  #appendNulls(nulls: Uint8Array | null, rows: number): void {
    if (nulls === null) return
    const size = this.size + rows
    if (this.#nulls.length < size) this.#nulls = grown(this.#nulls, size)
    const own = this.#nulls
    let found = 0
    for (let row = 0; row < rows; row++) found += own[this.size + row] = nulls[row]
    this.nullCount += found
  }
}

/** `array` with room for `size` values, its contents kept. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(array: T, size: number): T {
  if (array.length >= size) return array
  let length = Math.max(array.length, CAPACITY_MIN)
  while (length < size) length *= 2
  const larger = new (array.constructor as new (length: number) => T)(length)
  larger.set(array)
  return larger
}
