import { decimalText, isDecimal } from './decimal-printer.ts'
import { operand, type Printed } from './printed.ts'
import { wallClock } from './time-function-printer.ts'

/** A value as an element of a list's JSON text: numbers and booleans bare, decimals, times and bytes as text. */
export function elementText(value: Printed): string {
  const { type } = value
  if (isDecimal(type)) return quoted(decimalText(value))
  switch (type) {
    case 'double':
      return `regexp_replace(to_json(${value.sql})::VARCHAR, '\\.0$', '')`
    case 'string':
      return `to_json(${value.sql})::VARCHAR`
    case 'bytes':
      return quoted(`to_base64(${value.sql})`)
    case 'timestamp':
      return quoted(`strftime(${wallClock(value)}, '%Y-%m-%dT%H:%M:%S.%gZ')`)
    case 'date':
      return quoted(`strftime(${value.sql}, '%Y-%m-%d')`)
    default:
      return `${operand(value)}::VARCHAR`
  }
}

function quoted(text: string): string {
  return `'"' || ${text} || '"'`
}
