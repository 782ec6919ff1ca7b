import type { Column } from '@millrace/columnar'
import { ByteWriter } from './byte-writer.ts'

/** Writes a row's value. */
export type WriteCell = (writer: ByteWriter, row: number) => void

/** Bytes that every row has, and the value behind them. */
interface Step {
  readonly opening: Uint8Array
  readonly write: WriteCell
}

/** What rows of a batch look like as bytes: parts that all of them have, and values of columns between. */
export class RowShape {
  readonly #rows: number
  readonly #steps: Step[] = []
  #opening: Uint8Array = new Uint8Array(0)

  constructor(rows: number) {
    this.#rows = rows
  }

  /** Bytes that every row has. */
  bytes(bytes: Uint8Array): void {
    this.#opening = Buffer.concat([this.#opening, bytes])
  }

  /** The values of a column. One with one value for all rows, as most of a stamp has, is written once and copied. */
  column(column: Column, write: WriteCell): void {
    if (this.#rows > 1 && isConstant(column)) {
      this.bytes(onlyValue(write))
      return
    }
    this.#steps.push({ opening: this.#opening, write })
    this.#opening = new Uint8Array(0)
  }

  /** One Buffer a row; rows lie behind each other in memory. */
  write(): Buffer[] {
    const writer = new ByteWriter()
    const steps = this.#steps
    const closing = this.#opening
    const ends = new Float64Array(this.#rows)
    for (let row = 0; row < ends.length; row++) {
      for (let place = 0; place < steps.length; place++) {
        const { opening, write } = steps[place]
        writer.copy(opening)
        write(writer, row)
      }
      writer.copy(closing)
      ends[row] = writer.at
    }
    const bytes = writer.take()
    return Array.from(ends, (end, row) => bytes.subarray(row === 0 ? 0 : ends[row - 1], end))
  }
}

function isConstant(column: Column): boolean {
  if (column.nulls !== null) return false
  const values = 'codes' in column ? column.codes : column.values
  const first = values[0]
  for (let row = 1; row < values.length; row++) if (values[row] !== first) return false
  return true
}

function onlyValue(write: WriteCell): Uint8Array {
  const writer = new ByteWriter()
  write(writer, 0)
  return writer.take()
}
