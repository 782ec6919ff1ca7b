import { type Column, grown, int64Column, type Value } from '@millrace/columnar'
import type { FieldReader } from '../field-reader.ts'
import { NOT_PLAIN, type PlainColumn, PlainNulls, ROWS_MIN } from './plain-column.ts'

const ZERO = 0x30
const MINUS = 0x2d
const DOT = 0x2e
const COMMA = 0x2c
const END = 0x7d
/** Whole numbers of so many digits, and their quotients by powers of ten up to 10^22, are exact doubles. */
const DIGITS_MAX = 15
const INT32_MAX = 2 ** 31 - 1
const POWERS = Array.from({ length: DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent)

type Kind = 'int32' | 'int64' | 'double' | 'timestamp'

/** Numbers as programs write them: of up to 15 digits, without an exponent. Times are whole numbers of epoch ms here. */
export class PlainNumber implements PlainColumn {
  readonly #kind: Kind
  readonly #field: FieldReader
  readonly #nulls = new PlainNulls()
  #values = new Float64Array(ROWS_MIN)
  /** Values beyond those that doubles hold. */
  #wide = new Map<number, bigint>()

  constructor(kind: Kind, field: FieldReader) {
    this.#kind = kind
    this.#field = field
  }

  read(row: number, bytes: Uint8Array, at: number): number {
    const isNegative = bytes[at] === MINUS
    const first = isNegative ? at + 1 : at
    let end = first
    let number = 0
    for (let digit = bytes[end] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++end] - ZERO) number = number * 10 + digit
    let digits = end - first
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return NOT_PLAIN
    if (bytes[end] === DOT && this.#kind === 'double') {
      const point = end++
      for (let digit = bytes[end] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++end] - ZERO) number = number * 10 + digit
      const places = end - point - 1
      digits += places
      if (places === 0 || digits > DIGITS_MAX) return NOT_PLAIN
      number /= POWERS[places]
    }
    if (digits > DIGITS_MAX || (bytes[end] !== COMMA && bytes[end] !== END)) return NOT_PLAIN
    return this.#takes(row, isNegative && number !== 0 ? -number : number) ? end : NOT_PLAIN
  }

  #takes(row: number, value: number): boolean {
    if (this.#kind === 'int32' && (value > INT32_MAX || value < -INT32_MAX - 1)) return false
    if (this.#field.inRange?.(value) === false) return false
    this.#put(row, value)
    return true
  }

  set(row: number, value: Value): void {
    if (value === null) {
      this.#put(row, 0)
      this.#nulls.mark(row)
    } else if (typeof value === 'bigint') {
      this.#put(row, 0)
      this.#wide.set(row, value)
    } else this.#put(row, value as number)
  }

  #put(row: number, value: number): void {
    this.#values = grown(this.#values, row + 1)
    this.#values[row] = value
    this.#nulls.clear(row)
    if (this.#wide.size > 0) this.#wide.delete(row)
  }

  take(rows: number): Column {
    const nulls = this.#nulls.take(rows)
    const values = this.#values.slice(0, rows)
    if (this.#kind === 'int32') return { kind: 'int32', values: Int32Array.from(values), nulls }
    if (this.#kind !== 'int64') return { kind: this.#kind, values, nulls }
    const wide = this.#wide
    this.#wide = new Map()
    if (wide.size === 0) return { kind: 'int64', safe: true, values, nulls }
    return int64Column(
      BigInt64Array.from(values, (value, row) => wide.get(row) ?? BigInt(value)),
      nulls,
    )
  }
}
