import { decimalType } from '@millrace/columnar'
import type { Aggregate } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { textOfBytes } from './comparable.ts'
import { isDecimal, unitsOf } from './decimal-printer.ts'
import { identifier } from './identifier.ts'
import { atom, bind, compound, type Printed, type Scope } from './printed.ts'
import { type OrderColumn, orderColumns } from './row-order.ts'
import { daysOf, msOf } from './time-range.ts'

/** Characters that sort keys are made of, as a class of a regular expression. */
export const KEY_CHARACTERS = '[0-9A-F.~]'

/** Text that stands, compared by its bytes, in the order of rows: by `order_by`, then as rows stand anyway. */
export function printSortKey(scope: Scope, aggregate: Aggregate, input: Step): string {
  const type = (name: string): string => input.checked.fields.find((field) => field.name === name)?.type ?? 'int64'
  const named = (aggregate.order_by ?? []).map(([name, direction]) => keyOf(scope, { name, type: type(name) }, direction))
  const parts = [...named, ...orderColumns(input).map((column) => keyOf(scope, column, 'asc'))]
  return parts.length === 0 ? "''" : parts.join(' || ')
}

/** Null is the least value. */
function keyOf(scope: Scope, column: OrderColumn, direction: 'asc' | 'desc'): string {
  const key = valueKey(scope, atom(identifier(column.name), column.type))
  return direction === 'asc' ? `COALESCE('1' || ${key}, '0')` : `COALESCE('0' || ${mirrored(key)}, '1')`
}

/** The same order the other way round. */
function mirrored(key: string): string {
  return `TRANSLATE(${key}, '0123456789ABCDEF.~', 'FEDCBA9876543210~.')`
}

function valueKey(scope: Scope, value: Printed): string {
  const { type, sql } = value
  if (isDecimal(type)) return bind(scope, [compound(unitsOf(value), 'int64')], (units) => signedKey(units, decimalType(type).precision))
  switch (type) {
    case 'boolean':
      return `CASE WHEN ${sql} THEN '1' WHEN NOT ${sql} THEN '0' END`
    case 'int32':
    case 'int64':
      return wholeKey(sql)
    case 'timestamp':
      return wholeKey(msOf(scope, value))
    case 'date':
      return wholeKey(daysOf(sql))
    case 'double':
      return doubleKey(scope, value)
    case 'bytes':
      return `HEX(${textOfBytes(sql)}) || '.'`
    default:
      return `HEX(${sql}) || '.'`
  }
}

/** Moves all of int64 above zero. */
function wholeKey(sql: string): string {
  return `LPAD(CAST(CAST(${sql} AS DECIMAL(38, 0)) + CAST('10000000000000000000' AS DECIMAL(38, 0)) AS STRING), 20, '0')`
}

function signedKey(units: string, digits: number): string {
  const size = `LPAD(CAST(ABS(${units}) AS STRING), ${digits}, '0')`
  return `CASE WHEN ${units} < 0 THEN '0' || ${mirrored(size)} ELSE '1' || ${size} END`
}

/** Exponent and digits of the text that reads back as the double. */
function doubleKey(scope: Scope, value: Printed): string {
  return bind(scope, [value], (x) =>
    bind(scope, [atom(`CAST(ABS(${x}) AS STRING)`, 'string')], (text) => {
      const mantissa = `SPLIT_INDEX(${text}, 'E', 0)`
      const [whole, fraction] = [`SPLIT_INDEX(${mantissa}, '.', 0)`, `SPLIT_INDEX(${mantissa}, '.', 1)`]
      const digits = `TRIM(LEADING '0' FROM ${whole} || ${fraction})`
      const leading = `CASE WHEN ${whole} = '0' THEN CHAR_LENGTH(TRIM(LEADING '0' FROM ${fraction})) - CHAR_LENGTH(${fraction}) - 1 ELSE CHAR_LENGTH(${whole}) - 1 END`
      const exponent = `COALESCE(CAST(SPLIT_INDEX(${text}, 'E', 1) AS INT), 0) + ${leading} + 400`
      return bind(
        scope,
        [compound(`LPAD(CAST(${exponent} AS STRING), 3, '0') || RPAD(${digits}, 20, '0')`, 'string')],
        (size) => `CASE WHEN ${x} = 0 THEN '1' WHEN ${x} > 0 THEN '2' || ${size} WHEN ${x} < 0 THEN '0' || ${mirrored(size)} END`,
      )
    }),
  )
}
