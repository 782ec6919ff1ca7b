import { type Column, dateText, type Value, valueAt } from '@millrace/columnar'

/** Text of a value that is not null. */
export type PrintValue = (value: NonNullable<Value>) => string

/** How sinks write values of a type as text: ISO 8601 times, base64 bytes, all digits of integers and decimals, JSON of lists and structs. */
export function valueText(type: string): PrintValue {
  switch (type) {
    case 'timestamp':
      return (value) => new Date(value as number).toISOString()
    case 'date':
      return (value) => dateText(value as number)
    case 'bytes':
      return (value) => Buffer.from(value as Uint8Array).toString('base64')
    default:
      return String
  }
}

/** A column's values by row, null kept, everything else as `print` says. */
export function presentValues<T>(column: Column, print: (value: NonNullable<Value>) => T): (row: number) => T | null {
  return (row) => {
    const value = valueAt(column, row)
    return value === null ? null : print(value)
  }
}
