import duckdb from '@duckdb/node-bindings'
import type { Column, WideInt64Column } from '@millrace/columnar'
import { type Bounds, booleanBound, doubleBound, intBound, longBound } from '../format/bound.ts'
import { ColumnBuffer, grown, type VectorSource } from './column-buffer.ts'

const TWO_32 = 4_294_967_296
const MICROS_PER_MS = 1000

type Rows = Uint8Array | Int32Array | Uint32Array | Float64Array

/** Copies of `width` array elements a row; what the number columns have in common. */
function copier(
  type: duckdb.LogicalType,
  values: Rows,
  width: number,
  nulls: (vector: duckdb.Vector, from: number, count: number) => void,
): VectorSource {
  const rowBytes = width * values.BYTES_PER_ELEMENT
  return {
    type,
    copy(vector, from, count) {
      duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset + from * rowBytes, count * rowBytes)
      nulls(vector, from, count)
    },
  }
}

/** boolean, int32 and date: the batch's own vector form. */
export class SmallBuffer extends ColumnBuffer {
  readonly #kind: 'boolean' | 'int32' | 'date'
  #values: Uint8Array | Int32Array
  #least = Infinity
  #greatest = -Infinity

  constructor(kind: 'boolean' | 'int32' | 'date') {
    super()
    this.#kind = kind
    this.#values = kind === 'boolean' ? new Uint8Array(0) : new Int32Array(0)
  }

  get extraBytes(): number {
    return 0
  }

  override clear(): void {
    super.clear()
    this.#least = Infinity
    this.#greatest = -Infinity
  }

  bounds(): Bounds {
    if (this.#least > this.#greatest) return {}
    const bound = this.#kind === 'boolean' ? booleanBound : intBound
    return { lower: bound(this.#least), upper: bound(this.#greatest) }
  }

  source(): VectorSource {
    const type = { boolean: duckdb.Type.BOOLEAN, int32: duckdb.Type.INTEGER, date: duckdb.Type.DATE }[this.#kind]
    return copier(duckdb.create_logical_type(type), this.#values, 1, (vector, from, count) => this.copyNulls(vector, from, count))
  }

  protected grow(size: number): void {
    this.#values = grown(this.#values, size)
  }

  protected appendValues(column: Column, rows: number): void {
    const { values, nulls } = column as { values: Uint8Array | Int32Array; nulls: Uint8Array | null }
    this.#values.set(values.subarray(0, rows), this.size)
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      const value = values[row]
      if (value < this.#least) this.#least = value
      if (value > this.#greatest) this.#greatest = value
    }
  }
}

export class DoubleBuffer extends ColumnBuffer {
  #values = new Float64Array(0)
  #least = Infinity
  #greatest = -Infinity

  get extraBytes(): number {
    return 0
  }

  override clear(): void {
    super.clear()
    this.#least = Infinity
    this.#greatest = -Infinity
  }

  bounds(): Bounds {
    return this.#least > this.#greatest ? {} : { lower: doubleBound(this.#least), upper: doubleBound(this.#greatest) }
  }

  source(): VectorSource {
    const type = duckdb.create_logical_type(duckdb.Type.DOUBLE)
    return copier(type, this.#values, 1, (vector, from, count) => this.copyNulls(vector, from, count))
  }

  protected grow(size: number): void {
    this.#values = grown(this.#values, size)
  }

  protected appendValues(column: Column, rows: number): void {
    const { values, nulls } = column as { values: Float64Array; nulls: Uint8Array | null }
    this.#values.set(values.subarray(0, rows), this.size)
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      const value = values[row]
      if (value < this.#least) this.#least = value
      if (value > this.#greatest) this.#greatest = value
    }
  }
}

/** 2^52 + 2^51: added to an integer within ±2^51 it leaves that integer, plus `SHIFT_HIGH` in the upper word, in the sum's 64 bits. */
const SHIFT = 6_755_399_441_055_744
const SHIFT_HIGH = 0x43380000
/** Integers within ± this are turned into 64 bits by one addition. */
const SHIFTED_MAX = 2 ** 51 - 1

/** int64 and timestamp as 64-bit integers; doubles become two 32-bit words, which is far faster than one BigInt a value. */
export class LongBuffer extends ColumnBuffer {
  readonly #kind: 'int64' | 'timestamp'
  #words = new Uint32Array(0)
  #doubles = new Float64Array(0)
  #least = Infinity
  #greatest = -Infinity
  #leastWide: bigint | undefined
  #greatestWide: bigint | undefined

  constructor(kind: 'int64' | 'timestamp') {
    super()
    this.#kind = kind
  }

  get extraBytes(): number {
    return 0
  }

  override clear(): void {
    super.clear()
    this.#least = Infinity
    this.#greatest = -Infinity
    this.#leastWide = undefined
    this.#greatestWide = undefined
  }

  bounds(): Bounds {
    const scale = this.#kind === 'timestamp' ? BigInt(MICROS_PER_MS) : 1n
    let least = this.#leastWide
    let greatest = this.#greatestWide
    if (this.#least <= this.#greatest) {
      const [low, high] = [BigInt(this.#least) * scale, BigInt(this.#greatest) * scale]
      if (least === undefined || low < least) least = low
      if (greatest === undefined || high > greatest) greatest = high
    }
    return least === undefined || greatest === undefined ? {} : { lower: longBound(least), upper: longBound(greatest) }
  }

  source(): VectorSource {
    const type = duckdb.create_logical_type(this.#kind === 'timestamp' ? duckdb.Type.TIMESTAMP_TZ : duckdb.Type.BIGINT)
    return copier(type, this.#words, 2, (vector, from, count) => this.copyNulls(vector, from, count))
  }

  protected grow(size: number): void {
    const words = grown(this.#words, 2 * size)
    if (words === this.#words) return
    this.#words = words
    this.#doubles = new Float64Array(words.buffer)
  }

  protected appendValues(column: Column, rows: number): void {
    if (column.kind === 'timestamp') this.#appendDoubles(column.values, column.nulls, rows)
    else if (column.kind === 'int64' && column.safe) this.#appendDoubles(column.values, column.nulls, rows)
    else this.#appendWide(column as WideInt64Column, rows)
  }

  #appendDoubles(values: Float64Array, nulls: Uint8Array | null, rows: number): void {
    const scale = this.#kind === 'timestamp' ? MICROS_PER_MS : 1
    let least = Infinity
    let greatest = -Infinity
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      const value = values[row]
      if (value < least) least = value
      if (value > greatest) greatest = value
    }
    if (least < this.#least) this.#least = least
    if (greatest > this.#greatest) this.#greatest = greatest
    if (least * scale >= -SHIFTED_MAX && greatest * scale <= SHIFTED_MAX) this.#appendShifted(values, rows, scale)
    else if (scale === 1) this.#appendSafe(values, rows)
    else this.#appendMillis(values, rows)
  }

  #appendShifted(values: Float64Array, rows: number, scale: number): void {
    const words = this.#words
    const doubles = this.#doubles
    const from = this.size
    for (let row = 0; row < rows; row++) {
      const at = from + row
      doubles[at] = values[row] * scale + SHIFT
      words[2 * at + 1] -= SHIFT_HIGH
    }
  }

  #appendSafe(values: Float64Array, rows: number): void {
    const words = this.#words
    let at = 2 * this.size
    for (let row = 0; row < rows; row++) {
      const value = values[row]
      const high = Math.floor(value / TWO_32)
      words[at++] = value - high * TWO_32
      words[at++] = high
    }
  }

  #appendWide({ values, nulls }: WideInt64Column, rows: number): void {
    new BigInt64Array(this.#words.buffer).set(values.subarray(0, rows), this.size)
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      const value = values[row]
      if (this.#leastWide === undefined || value < this.#leastWide) this.#leastWide = value
      if (this.#greatestWide === undefined || value > this.#greatestWide) this.#greatestWide = value
    }
  }

  /** Milliseconds to microseconds, word by word: the product itself need not fit a double (years after 2255). */
  #appendMillis(values: Float64Array, rows: number): void {
    const words = this.#words
    let at = 2 * this.size
    for (let row = 0; row < rows; row++) {
      const value = values[row]
      const high = Math.floor(value / TWO_32)
      const low = (value - high * TWO_32) * MICROS_PER_MS
      const carry = Math.floor(low / TWO_32)
      words[at++] = low - carry * TWO_32
      words[at++] = high * MICROS_PER_MS + carry
    }
  }
}
