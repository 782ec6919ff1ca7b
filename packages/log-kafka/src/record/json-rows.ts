import type { Batch } from '@millrace/columnar'
import { cellWriter } from './json-cell.ts'
import { RowShape } from './row-shape.ts'

/** The rows of a batch as JSON objects, one Buffer a row; `head` opens each object, such as `{"_kind":"row"`. */
export function jsonObjects(batch: Batch, head = ''): Buffer[] {
  const shape = new RowShape(batch.rows)
  shape.bytes(Buffer.from(head === '' ? '{' : head))
  let separator = head === '' ? '' : ','
  for (const [place, { name, type }] of batch.fields.entries()) {
    const column = batch.columns[place]
    shape.bytes(Buffer.from(`${separator}${JSON.stringify(name)}:`))
    shape.column(column, cellWriter(column, type))
    separator = ','
  }
  shape.bytes(Buffer.from('}'))
  return shape.write()
}
