import { type LiteralExpr, literalValue } from '@millrace/core'
import { textConstant } from './identifier.ts'
import { atom, type Printed } from './printed.ts'
import { printType } from './type-printer.ts'

const DAY_MS = 86_400_000

/** A typed literal. Doubles are written with an exponent, which alone makes DuckDB read a double and not a decimal. */
export function printLiteral(expr: LiteralExpr): Printed {
  const value = literalValue(expr)
  if (value === null || value === undefined) return atom(`NULL::${printType(expr.type)}`, expr.type)
  return atom(literalText(expr.type, value), expr.type)
}

function literalText(type: string, value: Exclude<ReturnType<typeof literalValue>, null | undefined>): string {
  switch (type) {
    case 'boolean':
      return value ? 'true' : 'false'
    case 'int32':
      return signed(String(value))
    case 'int64':
      return `${signed(String(value))}::BIGINT`
    case 'double':
      return signed(doubleText(Number(value)))
    case 'string':
      return textConstant(String(value))
    case 'bytes':
      return `from_hex('${Buffer.from(value as Uint8Array).toString('hex')}')`
    case 'timestamp':
      return `TIMESTAMPTZ '${new Date(Number(value)).toISOString()}'`
    case 'date':
      return `DATE '${new Date(Number(value) * DAY_MS).toISOString().slice(0, 10)}'`
    default:
      return type.startsWith('decimal(') ? `'${value}'::${printType(type)}` : textConstant(String(value))
  }
}

function signed(text: string): string {
  return text.startsWith('-') ? `(${text})` : text
}

function doubleText(value: number): string {
  const text = String(value)
  return text.includes('e') ? text.replace('e+', 'e') : `${text}e0`
}
