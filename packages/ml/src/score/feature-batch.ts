import type { Batch, Column, Field } from '@millrace/columnar'
import { Dictionary } from '@millrace/columnar'

/** Rows of a feature matrix as a batch with the fields of the view: what rules over the view's columns read. Columns that are no features are null. */
export function featureBatch(
  matrix: Float32Array,
  rows: number,
  of: { readonly features: readonly string[]; readonly fields: readonly Field[] },
): Batch {
  const width = of.features.length
  const columns = of.fields.map((field) => {
    const place = of.features.indexOf(field.name)
    const values = new Float64Array(rows).fill(Number.NaN)
    if (place >= 0) for (let row = 0; row < rows; row++) values[row] = matrix[row * width + place]
    return columnFrom(field.type, values)
  })
  return { rows, fields: of.fields.map((field) => ({ ...field, nullable: true })), columns }
}

/** NaN is null. */
function columnFrom(type: string, numbers: Float64Array): Column {
  const nulls = Uint8Array.from(numbers, (number) => (number === number ? 0 : 1))
  const values = numbers.map((number) => (number === number ? number : 0))
  switch (type) {
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)), nulls }
    case 'int32':
    case 'date':
      return { kind: type, values: Int32Array.from(values), nulls }
    case 'int64':
      return { kind: 'int64', safe: true, values: values.map(Math.trunc), nulls }
    case 'timestamp':
    case 'double':
      return { kind: type, values, nulls }
    default:
      return {
        kind: type === 'bytes' ? 'bytes' : 'string',
        codes: new Int32Array(numbers.length),
        dictionary: Dictionary.fromTexts(['']),
        nulls,
      }
  }
}
