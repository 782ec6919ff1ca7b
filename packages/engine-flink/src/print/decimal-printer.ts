import { decimalType } from '@millrace/columnar'
import { atom, bind, compound, finite, operand, type Printed, type Scope } from './printed.ts'
import { printType } from './type-printer.ts'

/** Digits of Flink's longest decimal. */
const DIGITS_MAX = 38
/** Digits of the decimals that Flink keeps in 64 bits. */
const SHORT_DIGITS_MAX = 18

export function isDecimal(type: string): boolean {
  return type.startsWith('decimal(')
}

/**
 * Text as a decimal. Flink counts a zero in front of the point as a digit, for which a decimal of nothing but fractions has no room; and a short
 * decimal takes a digit too many where nines are rounded up. A longer decimal has room for both.
 */
export function decimalOfText(text: string, type: string): string {
  const { precision, scale } = decimalType(type)
  if (precision > SHORT_DIGITS_MAX && precision > scale) return `TRY_CAST(${text} AS ${printType(type)})`
  if (scale < DIGITS_MAX) return `TRY_CAST(TRY_CAST(${text} AS DECIMAL(${DIGITS_MAX}, ${scale})) AS ${printType(type)})`
  return `TRY_CAST(REGEXP_REPLACE(${text}, '(?<![0-9])0[.]', '.') AS ${printType(type)})`
}

/** A whole number of units of the last digit, exact. */
export function unitsOf(value: Printed): string {
  if (!isDecimal(value.type) || decimalType(value.type).scale === 0) return `TRY_CAST(${value.sql} AS DECIMAL(38, 0))`
  return `TRY_CAST(REPLACE(CAST(${value.sql} AS STRING), '.', '') AS DECIMAL(38, 0))`
}

/** The decimal of so many units, which `text` names; null where they are too many. */
export function decimalOfUnits(text: string, type: string): string {
  const { scale } = decimalType(type)
  if (scale === 0) return `TRY_CAST(${text} AS ${printType(type)})`
  const digits = `CAST(ABS(${text}) AS STRING)`
  const padded = `LPAD(${digits}, GREATEST(CHAR_LENGTH(${digits}), ${scale + 1}), '0')`
  const sign = `CASE WHEN ${text} < 0 THEN '-' ELSE '' END`
  const whole = `LEFT(${padded}, GREATEST(CHAR_LENGTH(${digits}) - ${scale}, 1))`
  return decimalOfText(`${sign} || ${whole} || '.' || RIGHT(${padded}, ${scale})`, type)
}

interface Sum {
  readonly args: readonly Printed[]
  readonly operator: string
  readonly type: string
}

/** Operands are brought to the sum's type; one that leaves it makes it null. Sums of long decimals lose digits in Flink, so units are added. */
export function decimalSum(scope: Scope, { args, operator, type }: Sum): Printed {
  const operands = args.map((arg) => atom(`TRY_CAST(${finite(scope, arg).sql} AS ${printType(type)})`, type))
  const units = operands.map(unitsOf).join(` ${operator} `)
  return atom(
    bind(scope, [named(units)], (u) => decimalOfUnits(u, type)),
    type,
  )
}

export function decimalProduct(scope: Scope, { args, type }: Omit<Sum, 'operator'>): Printed {
  const units = args.map((arg) => unitsOf(finite(scope, arg))).join(' * ')
  return atom(
    bind(scope, [named(units)], (u) => decimalOfUnits(u, type)),
    type,
  )
}

/**
 * The exact quotient, rounded half away from zero; null where the divisor is zero. Flink's own quotient of whole decimals has six digits
 * behind the point: what is in front of it is corrected by the remainder.
 */
export function decimalQuotient(
  scope: Scope,
  { a, b, type }: { readonly a: Printed; readonly b: Printed; readonly type: string },
): Printed {
  const shift = decimalType(type).scale + scaleOf(b) - scaleOf(a)
  const power = (exponent: number): string => (exponent <= 0 ? '' : ` * CAST('${10n ** BigInt(exponent)}' AS DECIMAL(38, 0))`)
  const parts = [named(`(${unitsOf(a)})${power(shift)}`), named(`(${unitsOf(b)})${power(-shift)}`)]
  const units = bind(scope, parts, (u, v) => `CASE WHEN ${v} <> 0 THEN ${roundedQuotient(scope, u, v)} END`)
  return atom(
    bind(scope, [named(units)], (u) => decimalOfUnits(u, type)),
    type,
  )
}

function scaleOf({ type }: Printed): number {
  return isDecimal(type) ? decimalType(type).scale : 0
}

/** Half of the digits of the longest decimal. */
const HALF = `CAST('${10n ** BigInt(DIGITS_MAX / 2)}' AS DECIMAL(38, 0))`

/**
 * A quotient has six digits behind the point in Flink, and so 32 in front of it. One that may have more, of a divisor of up to 19 digits, is found in
 * two steps, as by hand.
 */
function roundedQuotient(scope: Scope, u: string, v: string): string {
  const high = named(wholeQuotient(`ABS(${u})`, HALF))
  const steps = bind(scope, [high], (h) => {
    const low = named(`MOD(${h}, ABS(${v})) * ${HALF} + MOD(ABS(${u}), ${HALF})`)
    return `${wholeQuotient(h, `ABS(${v})`)} * ${HALF} + ${wholeQuotient(operand(low), `ABS(${v})`)}`
  })
  const whole = `CASE WHEN ABS(${v}) < ${HALF} THEN ${steps} ELSE ${wholeQuotient(`ABS(${u})`, `ABS(${v})`)} END`
  const up = `CASE WHEN MOD(ABS(${u}), ABS(${v})) * 2 >= ABS(${v}) THEN 1 ELSE 0 END`
  return `(${whole} + ${up}) * CASE WHEN (${u} < 0) = (${v} < 0) THEN 1 ELSE -1 END`
}

function wholeQuotient(a: string, b: string): string {
  return `TRY_CAST(ROUND((${a} - MOD(${a}, ${b})) / ${b}, 0) AS DECIMAL(38, 0))`
}

function named(sql: string): Printed {
  return compound(sql, 'int64')
}

/** A power of ten; null where it has more than 38 digits. */
export function powerOfTen(exponent: string): string {
  return `TRY_CAST(RPAD('1', ${exponent} + 1, '0') AS DECIMAL(38, 0))`
}

/** To so many digits behind the point, half away from zero. */
export function roundDecimal(scope: Scope, of: { readonly x: Printed; readonly digits: Printed; readonly type: string }): Printed {
  const { x, digits, type } = of
  const { scale } = decimalType(x.type)
  const sql = bind(scope, [x, digits], (value, places) => {
    const cut = named(`CAST(${scale} - LEAST(GREATEST(${places}, -40), ${scale}) AS INT)`)
    const units = named(unitsOf(atom(value, x.type)))
    const rounded = bind(scope, [units, cut], (u, c) => {
      const raised = `LPAD(CAST(ABS(${u}) + ${powerOfTen(`${c} - 1`)} * 5 AS STRING), 80, '0')`
      return bind(scope, [named(`CAST(LEFT(${raised}, 80 - ${c}) AS DECIMAL(38, 0))`)], (whole) => {
        const nothing = `${c} > ${DIGITS_MAX} OR ${whole} = 0`
        return `CASE WHEN ${nothing} THEN ${u} * 0 ELSE ${whole} * ${powerOfTen(c)} * SIGN(${u}) END`
      })
    })
    const restored = bind(scope, [named(rounded)], (u) => decimalOfUnits(u, type))
    return `CASE WHEN ${places} >= ${scale} THEN TRY_CAST(${value} AS ${printType(type)}) WHEN ${places} < ${scale} THEN ${restored} END`
  })
  return atom(sql, type)
}

export function wholeDecimal(x: Printed, fn: 'FLOOR' | 'CEIL'): Printed {
  return atom(`TRY_CAST(${fn}(${operand(x)}) AS ${printType(x.type)})`, x.type)
}
