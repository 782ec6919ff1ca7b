import type { Batch, Column } from '@millrace/columnar'
import { ByteWriter } from './byte-writer.ts'
import { cellWriter, type WriteCell } from './json-cell.ts'

/** Bytes that every row has, and the value behind them. */
interface Step {
  readonly opening: Uint8Array
  readonly write: WriteCell
}

/** The rows of a batch as JSON objects, one Buffer a row; `head` opens each object, such as `{"_kind":"row"`. Rows lie behind each other in memory. */
export function jsonObjects(batch: Batch, head = ''): Buffer[] {
  const writer = new ByteWriter()
  const { steps, closing } = stepsOf(batch, head)
  const ends = new Float64Array(batch.rows)
  for (let row = 0; row < batch.rows; row++) {
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

/** Names, and columns with one value for all rows, as most of a stamp has, are written once and copied. */
function stepsOf(batch: Batch, head: string): { readonly steps: readonly Step[]; readonly closing: Uint8Array } {
  const steps: Step[] = []
  let opening = Buffer.from(head === '' ? '{' : head)
  let separator = head === '' ? '' : ','
  for (const [place, { name, type }] of batch.fields.entries()) {
    const column = batch.columns[place]
    const write = cellWriter(column, type)
    opening = Buffer.concat([opening, Buffer.from(`${separator}${JSON.stringify(name)}:`)])
    separator = ','
    if (batch.rows > 1 && isConstant(column)) opening = Buffer.concat([opening, onlyValue(write)])
    else {
      steps.push({ opening, write })
      opening = Buffer.alloc(0)
    }
  }
  return { steps, closing: Buffer.concat([opening, Buffer.from('}')]) }
}

function isConstant(column: Column): boolean {
  if (column.nulls !== null) return false
  const values = 'codes' in column ? column.codes : column.values
  const first = values[0]
  for (let row = 1; row < values.length; row++) if (values[row] !== first) return false
  return true
}

function onlyValue(write: WriteCell): Buffer {
  const writer = new ByteWriter()
  write(writer, 0)
  return writer.take()
}
