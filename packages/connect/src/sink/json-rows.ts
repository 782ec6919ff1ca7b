import { type Batch, type Column, valueAt } from '@millrace/columnar'
import { isNested } from '@millrace/core'
import { presentValues, valueText } from './value-text.ts'

/**
 * The rows as JSON lines, each ended by a newline: ISO 8601 times, text for int64 beyond ±(2^53 − 1), base64 for bytes; json, lists and structs as they are.
 */
export function jsonRows(batch: Batch): string {
  const cells = batch.columns.map((column, place) => cellPrinter(column, batch.fields[place].type))
  const labels = batch.fields.map(({ name }, place) => `${place === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  let text = ''
  for (let row = 0; row < batch.rows; row++) {
    for (let place = 0; place < cells.length; place++) text += labels[place] + cells[place](row)
    text += '}\n'
  }
  return text
}

function cellPrinter(column: Column, type: string): (row: number) => string {
  const printed = valuePrinter(column, type)
  const { nulls } = column
  return nulls === null ? printed : (row) => (nulls[row] === 1 ? 'null' : printed(row))
}

function valuePrinter(column: Column, type: string): (row: number) => string {
  switch (column.kind) {
    case 'boolean':
      return (row) => (column.values[row] === 1 ? 'true' : 'false')
    case 'timestamp':
    case 'date':
    case 'bytes': {
      const print = presentValues(column, valueText(column.kind))
      return (row) => `"${print(row)}"`
    }
    case 'string':
      return type === 'json' || isNested(type)
        ? (row) => column.dictionary.text(column.codes[row]).replaceAll('\n', ' ')
        : (row) => JSON.stringify(column.dictionary.text(column.codes[row]))
    case 'int64':
      return (row) => int64Text(valueAt(column, row) as number | bigint)
    default:
      return (row) => String(column.values[row])
  }
}

function int64Text(value: number | bigint): string {
  return typeof value === 'bigint' ? `"${value}"` : String(value)
}
