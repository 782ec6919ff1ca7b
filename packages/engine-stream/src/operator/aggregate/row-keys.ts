import type { CodedColumn, Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import { decimalUnits } from '../kernel/decimal.ts'
import type { OrderColumn } from '../physical-plan.ts'

/** Added to a decimal's units, so that all are positive and fit 16 bytes. */
const DECIMAL_BIAS = 2n ** 127n

/**
 * A row's place in the order of some columns, as a text of one character a byte: texts compare as rows do. Null is a zero byte; values
 * follow a one: numbers as big-endian bits with the sign turned, texts with zero bytes escaped and an end that is less than
 * everything. The bytes of a descending column are inverted.
 */
export class RowKeys {
  readonly #columns: readonly { readonly column: Column; readonly isDecimal: boolean; readonly descending: boolean }[]
  #bytes = Buffer.alloc(64)
  #size = 0

  constructor(order: readonly OrderColumn[], frame: Frame) {
    this.#columns = order.map(({ register, type, descending }) => ({
      column: frame.column(register),
      isDecimal: type.startsWith('decimal('),
      descending,
    }))
  }

  /** The first of the columns where it holds plain numbers without nulls in ascending order: what mostly decides. */
  get leading(): Float64Array | null {
    const [first] = this.#columns
    if (first === undefined || first.descending || first.column.nulls !== null) return null
    return first.column.kind === 'timestamp' ? first.column.values : null
  }

  keyOf(row: number): string {
    this.#size = 0
    for (const { column, isDecimal, descending } of this.#columns) {
      const from = this.#size
      if (column.nulls !== null && column.nulls[row] === 1) this.#byte(0)
      else {
        this.#byte(1)
        this.#value(column, row, isDecimal)
      }
      if (descending) for (let i = from; i < this.#size; i++) this.#bytes[i] ^= 0xff
    }
    return this.#bytes.toString('latin1', 0, this.#size)
  }

  #value(column: Column, row: number, isDecimal: boolean): void {
    switch (column.kind) {
      case 'boolean':
        this.#byte(column.values[row])
        break
      case 'int64':
        this.#int64(column.safe ? BigInt(column.values[row]) : column.values[row])
        break
      case 'string':
      case 'bytes':
        if (isDecimal) this.#decimal(decimalUnits(column.dictionary.text(column.codes[row])))
        else this.#text(column, row)
        break
      default:
        this.#double(column.values[row])
    }
  }

  #room(bytes: number): number {
    if (this.#size + bytes > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], Math.max(this.#bytes.length * 2, this.#size + bytes))
    }
    const at = this.#size
    this.#size += bytes
    return at
  }

  #byte(byte: number): void {
    const at = this.#room(1)
    this.#bytes[at] = byte
  }

  #double(value: number): void {
    const at = this.#room(8)
    this.#bytes.writeDoubleBE(value, at)
    const flip = value < 0 ? 0xff : 0
    for (let i = at; flip !== 0 && i < at + 8; i++) this.#bytes[i] ^= flip
    if (flip === 0) this.#bytes[at] ^= 0x80
  }

  #int64(value: bigint): void {
    const at = this.#room(8)
    this.#bytes.writeBigInt64BE(value, at)
    this.#bytes[at] ^= 0x80
  }

  #decimal(units: bigint): void {
    const biased = units + DECIMAL_BIAS
    const at = this.#room(16)
    this.#bytes.writeBigUInt64BE(biased >> 64n, at)
    this.#bytes.writeBigUInt64BE(biased & 0xffff_ffff_ffff_ffffn, at + 8)
  }

  #text({ codes, dictionary }: CodedColumn, row: number): void {
    for (const byte of dictionary.entry(codes[row])) {
      this.#byte(byte)
      if (byte === 0) this.#byte(0xff)
    }
    this.#byte(0)
    this.#byte(1)
  }
}
