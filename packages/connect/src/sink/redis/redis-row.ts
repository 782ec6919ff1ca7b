import { type Batch, type Column, valueAt } from '@millrace/columnar'
import { jsonRows } from '../json-rows.ts'

const DAY_MS = 86_400_000
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

/** A column's values as text: ISO 8601 times, base64 bytes, all digits of integers. */
function textPrinter(column: Column, type: string): (row: number) => string | null {
  const print = presentPrinter(type)
  return (row) => {
    const value = valueAt(column, row)
    return value === null ? null : print(value)
  }
}

function presentPrinter(type: string): (value: unknown) => string {
  switch (type) {
    case 'timestamp':
      return (value) => new Date(value as number).toISOString()
    case 'date':
      return (value) => new Date((value as number) * DAY_MS).toISOString().slice(0, 10)
    case 'bytes':
      return (value) => Buffer.from(value as Uint8Array).toString('base64')
    default:
      return String
  }
}
