import { readDecimal } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { isInteger } from '../type/data-type.ts'
import { decimalTypeText, isDecimal } from '../type/decimal-type.ts'
import type { Expr } from './expr.ts'

/** Type names that TypeScript follows through expressions. */
export type TypeName = ScalarName | DecimalName | ListName | StructName
export type ScalarName = 'boolean' | 'int32' | 'int64' | 'double' | 'string' | 'bytes' | 'timestamp' | 'date' | 'json'
export type DecimalName = `decimal(${number},${number})`
export type ListName<E extends string = string> = `list<${E}>`
export type NumericName = 'int32' | 'int64' | 'double' | DecimalName
export type IntegerName = 'int32' | 'int64'
export type EquatableName = Exclude<ScalarName, 'json'> | DecimalName
export type OrderedName = Exclude<EquatableName, 'boolean'>

declare const FIELDS: unique symbol

/** The type of a struct; TypeScript follows its fields by a mark that no value has. */
export type StructName<F = unknown> = `struct<${string}>` & { readonly [FIELDS]?: F }

declare const TYPE: unique symbol

/** An expression that knows its type: what columns are and what functions take and give. */
export interface Typed<T extends TypeName = TypeName> {
  readonly expr: Expr
  readonly type: string
  readonly [TYPE]?: T
}

type Plain<T extends TypeName> = T extends DecimalName
  ? number | bigint | string
  : T extends NumericName
    ? number | bigint
    : T extends 'boolean'
      ? boolean
      : T extends 'timestamp'
        ? Date | string
        : T extends 'string' | 'date'
          ? string
          : never

/** Types that may stand beside `T` in a comparison: numbers mix. */
export type Beside<T extends TypeName> = T extends NumericName ? NumericName : T

/** An expression comparable with `T`, or a plain JavaScript value for a literal of it. */
export type Operand<T extends TypeName> = Typed<Beside<T>> | Plain<T>

export function typed<T extends TypeName>(expr: Expr, type: string): Typed<T> {
  return { expr, type }
}

export function isTyped(value: unknown): value is Typed {
  return typeof value === 'object' && value !== null && 'expr' in value && 'type' in value
}

/** The plan form of an operand; plain values become literals of the type that stands beside them. */
export function operand(value: unknown, beside: string): Expr {
  return isTyped(value) ? value.expr : literal(value, beside)
}

function literal(value: unknown, type: string): Expr {
  if (value === null) return { lit: null, type }
  const decimal = isDecimal(type) ? decimalLiteral(String(value)) : undefined
  if (decimal !== undefined) return decimal
  if (typeof value === 'number' || typeof value === 'bigint') return numberLiteral(value, type)
  if (value instanceof Date) return { lit: value.toISOString(), type: 'timestamp' }
  if (typeof value === 'boolean') return { lit: String(value), type: 'boolean' }
  if (typeof value === 'string') return { lit: value, type: type === 'timestamp' || type === 'date' ? type : 'string' }
  throw userError('project/not-an-expression', `${JSON.stringify(value) ?? String(value)} is neither an expression nor a plain value.`, {
    asked: value,
    do: 'Use a column, a function of the library, or a plain value.',
  })
}

/** A plain decimal number beside a decimal, with as many digits as it has. */
function decimalLiteral(text: string): Expr | undefined {
  const read = readDecimal(text)
  if (read === undefined) return undefined
  const digits = String(read.digits).replace('-', '').length
  return { lit: text, type: decimalTypeText({ precision: Math.max(digits, read.scale, 1), scale: read.scale }) }
}

const INT32_LIMIT = 2 ** 31

function numberLiteral(value: number | bigint, beside: string): Expr {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!whole) return { lit: String(value), type: 'double' }
  if (!isInteger(beside)) return { lit: String(value), type: beside === 'double' ? 'double' : 'int64' }
  const small = value >= -INT32_LIMIT && value < INT32_LIMIT
  return { lit: String(value), type: beside === 'int32' && small ? 'int32' : 'int64' }
}
