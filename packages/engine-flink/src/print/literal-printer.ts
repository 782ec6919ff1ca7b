import type { LiteralExpr } from '@millrace/core'
import { literalValue } from '@millrace/core'
import { decimalOfText } from './decimal-printer.ts'
import { textConstant } from './identifier.ts'
import { atom, type Printed } from './printed.ts'
import { timeAt } from './time-range.ts'
import { printType } from './type-printer.ts'

const DAY_MS = 86_400_000

/** A typed literal. */
export function printLiteral(expr: LiteralExpr): Printed {
  const value = literalValue(expr)
  if (value === null || value === undefined) return atom(`CAST(NULL AS ${printType(expr.type)})`, expr.type)
  return atom(literalText(expr.type, value), expr.type)
}

function literalText(type: string, value: Exclude<ReturnType<typeof literalValue>, null | undefined>): string {
  switch (type) {
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
    case 'int32':
    case 'int64':
      return `CAST('${value}' AS ${printType(type)})`
    case 'double':
      return `CAST('${value}' AS DOUBLE)`
    case 'bytes':
      return `CAST(x'${Buffer.from(value as Uint8Array).toString('hex')}' AS BYTES)`
    case 'timestamp':
      return timeAt(`CAST('${value}' AS BIGINT)`)
    case 'date':
      return `DATE '${new Date(Number(value) * DAY_MS).toISOString().slice(0, 10)}'`
    default:
      return type.startsWith('decimal(') ? decimalOfText(`'${value}'`, type) : `CAST(${textConstant(String(value))} AS STRING)`
  }
}
