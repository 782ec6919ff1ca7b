import type { Batch, Column } from '@millrace/columnar'
import { jsonRows } from '../json-rows.ts'
import { presentValues, valueText } from '../value-text.ts'

/** What stands for null in a key: no value is written so, since `%` is. */
const NULL_PART = '%0'

/** The Redis key of each row: prefix and values of the key columns with colons between them; `%` and `:` of a value are written `%25` and `%3A`. */
export function redisKeys(batch: Batch, prefix: string, key: readonly string[]): string[] {
  const columns = key.map((name) => batch.fields.findIndex((field) => field.name === name))
  const printers = columns.map((place) => textPrinter(batch.columns[place], batch.fields[place].type))
  return Array.from({ length: batch.rows }, (_, row) => [prefix, ...printers.map((print) => keyPart(print(row)))].join(':'))
}

/** Each row's columns that are not null, as text. */
export function redisHashes(batch: Batch): Record<string, string>[] {
  const printers = batch.columns.map((column, place) => textPrinter(column, batch.fields[place].type))
  return Array.from({ length: batch.rows }, (_, row) => {
    const hash: Record<string, string> = {}
    for (const [place, print] of printers.entries()) {
      const text = print(row)
      if (text !== null) hash[batch.fields[place].name] = text
    }
    return hash
  })
}

/** Each row as a JSON object. */
export function redisTexts(batch: Batch): string[] {
  return jsonRows(batch).split('\n').slice(0, batch.rows)
}

function keyPart(text: string | null): string {
  return text === null ? NULL_PART : text.replaceAll('%', '%25').replaceAll(':', '%3A')
}

function textPrinter(column: Column, type: string): (row: number) => string | null {
  return presentValues(column, valueText(type))
}
