import { type Column, columnKind, Dictionary, type Field, int64Column, type Value } from '@millrace/columnar'
import { CodeBuilder } from '../kernel/code-builder.ts'
import { grown } from './growable.ts'

/** Room that a column begins with. */
const ROWS_MIN = 64

/** A column under construction. Aggregates write numbers straight into `numbers`, which has the room that was asked for. */
export class OutputColumn {
  numbers = new Float64Array(ROWS_MIN)
  readonly #field: Field
  #nulls = new Uint8Array(ROWS_MIN)
  #anyNull = false
  #texts: string[] = []
  #wide: Map<number, bigint> | null = null

  constructor(field: Field) {
    this.#field = field
  }

  /** Makes room for so many rows. */
  ensure(rows: number): void {
    this.numbers = grown(this.numbers, rows)
    this.#nulls = grown(this.#nulls, rows)
  }

  setNull(row: number): void {
    this.#nulls[row] = 1
    this.#anyNull = true
    this.numbers[row] = 0
  }

  /** An int64 that doubles do not hold. */
  setWide(row: number, value: bigint): void {
    this.#wide ??= new Map()
    this.#wide.set(row, value)
  }

  /** Text, or bytes as one character a byte. */
  setText(row: number, text: string): void {
    this.#texts[row] = text
  }

  /** A value of the column's type, as batches give it. */
  setValue(row: number, value: Value): void {
    if (value === null) this.setNull(row)
    else if (typeof value === 'string') this.setText(row, value)
    else if (typeof value === 'bigint') this.setWide(row, value)
    else if (value instanceof Uint8Array) this.setText(row, Buffer.from(value).toString('latin1'))
    else this.numbers[row] = Number(value)
  }

  /** The first `count` rows as a column; construction starts anew. */
  take(count: number): Column {
    const nulls = this.#anyNull ? this.#nulls.slice(0, count) : null
    const column = this.#column(count, nulls)
    this.#nulls.fill(0)
    this.#anyNull = false
    this.#texts = []
    this.#wide = null
    return column
  }

  #column(count: number, nulls: Uint8Array | null): Column {
    const kind = columnKind(this.#field.type)
    switch (kind) {
      case 'boolean':
        return { kind, values: Uint8Array.from(this.numbers.subarray(0, count)), nulls }
      case 'int32':
      case 'date':
        return { kind, values: Int32Array.from(this.numbers.subarray(0, count)), nulls }
      case 'double':
      case 'timestamp':
        return { kind, values: this.numbers.slice(0, count), nulls }
      case 'int64':
        return this.#int64(count, nulls)
      default:
        return this.#coded(kind === 'bytes' ? 'bytes' : 'string', count, nulls)
    }
  }

  #int64(count: number, nulls: Uint8Array | null): Column {
    if (this.#wide === null) return { kind: 'int64', safe: true, values: this.numbers.slice(0, count), nulls }
    const values = new BigInt64Array(count)
    for (let row = 0; row < count; row++) values[row] = this.#wide.get(row) ?? BigInt(this.numbers[row])
    return int64Column(values, nulls)
  }

  #coded(kind: 'string' | 'bytes', count: number, nulls: Uint8Array | null): Column {
    const builder = new CodeBuilder(kind)
    const codes = new Int32Array(count)
    for (let row = 0; row < count; row++) if (nulls === null || nulls[row] === 0) codes[row] = builder.code(this.#texts[row])
    return { kind, codes, dictionary: count === 0 ? Dictionary.fromTexts([]) : builder.dictionary(), nulls }
  }
}
