import { decimalType } from '@millrace/columnar'
import { atom, bind, finite, operand, type Printed, widened } from './printed.ts'
import { printType } from './type-printer.ts'

export function isDecimal(type: string): boolean {
  return type.startsWith('decimal(')
}

/** The one text of a decimal. DuckDB writes no zero in front of the point where the type has no digits there. */
export function decimalText(value: Printed): string {
  const { precision, scale } = decimalType(value.type)
  if (precision > scale) return `${operand(value)}::VARCHAR`
  return `replace(regexp_replace(${operand(value)}::VARCHAR, '^(-?)\\.', '\\1@.'), '@', '0')`
}

/** A whole number of units of the last digit, as HUGEINT. */
export function unitsOf(value: Printed): string {
  if (!isDecimal(value.type)) return `${operand(value)}::HUGEINT`
  return decimalType(value.type).scale === 0 ? `${operand(value)}::HUGEINT` : `replace(${operand(value)}::VARCHAR, '.', '')::HUGEINT`
}

/** The decimal of so many units, which `text` names; null where they are too many. */
export function decimalOfUnits(text: string, type: string): string {
  const { scale } = decimalType(type)
  if (scale === 0) return `TRY_CAST(${text} AS ${printType(type)})`
  const digits = `abs(${text})::VARCHAR`
  const padded = `(repeat('0', greatest(${scale + 1} - length(${digits}), 0)) || ${digits})`
  const whole = `left(${padded}, -${scale})`
  return `TRY_CAST(CASE WHEN ${text} < 0 THEN '-' ELSE '' END || ${whole} || '.' || right(${padded}, ${scale}) AS ${printType(type)})`
}

/** Operands are brought to the sum's type; one that leaves it makes it null. */
export function decimalSum(args: readonly Printed[], operator: string, type: string): Printed {
  const sqlType = printType(type)
  const [a, b] = args.map((arg) => `CAST(${finite(arg).sql} AS ${sqlType})`)
  return atom(`TRY(CAST(${a} ${operator} ${b} AS ${sqlType}))`, type)
}

/** Operands are widened first: DuckDB computes products of short decimals in 64 bits. */
export function decimalProduct(args: readonly Printed[], type: string): Printed {
  const [a, b] = args.map((arg) => `CAST(${arg.sql} AS DECIMAL(38,${decimalType(arg.type).scale}))`)
  return atom(`TRY(CAST(${a} * ${b} AS ${printType(type)}))`, type)
}

/** The exact quotient, rounded half away from zero; null where the divisor is zero. */
export function decimalQuotient(a: Printed, b: Printed, type: string): Printed {
  const shift = decimalType(type).scale + decimalType(b.type).scale - decimalType(a.type).scale
  const power = (exponent: number): string => (exponent <= 0 ? '' : ` * ${10n ** BigInt(exponent)}::HUGEINT`)
  const parts = [named(`(${unitsOf(a)})${power(shift)}`), named(`(${unitsOf(b)})${power(-shift)}`)]
  const units = bind(parts, (u, v) => `CASE WHEN ${v} <> 0 THEN ${roundedQuotient(u, v)} END`)
  return atom(
    bind([named(units)], (u) => decimalOfUnits(u, type)),
    type,
  )
}

function roundedQuotient(u: string, v: string): string {
  const whole = `abs(${u}) // abs(${v}) + CASE WHEN abs(${u}) % abs(${v}) * 2 >= abs(${v}) THEN 1 ELSE 0 END`
  return `(${whole}) * CASE WHEN (${u} < 0) = (${v} < 0) THEN 1 ELSE -1 END`
}

function named(sql: string): Printed {
  return atom(sql, 'int64')
}

/** A power of ten, as HUGEINT. */
export function powerOfTen(exponent: string): string {
  return `('1' || repeat('0', ${exponent}))::HUGEINT`
}

/** Of a double's shortest decimal, and one more. */
const DOUBLE_DIGITS_MAX = 18

/** Units at the scale of the double's shortest decimal, rounded half away from zero; null where they leave 38 digits. */
export function unitsOfDouble(x: Printed, scale: string): string {
  const text = `abs(${operand(x)})::VARCHAR`
  const mantissa = `split_part(${text}, 'e', 1)`
  const digits = named(`replace(${mantissa}, '.', '')::HUGEINT * CASE WHEN ${operand(x)} < 0 THEN -1 ELSE 1 END`)
  const exponent = `coalesce(TRY_CAST(split_part(${text}, 'e', 2) AS BIGINT), 0) - length(split_part(${mantissa}, '.', 2)) + ${scale}`
  return bind([digits, named(exponent)], (d, e) => {
    const power = named(powerOfTen(`greatest(least(-${e}, ${DOUBLE_DIGITS_MAX}), 0)`))
    const rounded = bind([power], (p) => `(abs(${d}) + ${p} // 2) // ${p} * sign(${d})`)
    const shifted = `TRY(${d} * ${powerOfTen(`greatest(least(${e}, 37), 0)`)})`
    return `CASE WHEN ${d} = 0 OR ${e} < -${DOUBLE_DIGITS_MAX} THEN 0 WHEN ${e} < 0 THEN ${rounded} WHEN ${e} <= 37 THEN ${shifted} END::HUGEINT`
  })
}

/** To so many digits behind the point, half away from zero. */
export function roundDecimal(x: Printed, digits: Printed, type: string): Printed {
  const { scale } = decimalType(x.type)
  const sql = bind([x, widened(digits, 'int64')], (value, places) => {
    const cut = `(${scale} - greatest(${places}, -40))`
    const units = unitsOf(atom(value, x.type))
    const one = `('1' || repeat('0', ${cut}::BIGINT))::HUGEINT`
    const rounded = bind(
      [named(units), named(`CASE WHEN ${cut} BETWEEN 1 AND 38 THEN ${one} END`)],
      (u, p) => `CASE WHEN ${p} IS NULL THEN 0 ELSE (abs(${u}) + ${p} // 2) // ${p} * ${p} * sign(${u}) END::HUGEINT`,
    )
    const restored = bind([named(rounded)], (u) => decimalOfUnits(u, type))
    return `CASE WHEN ${value} IS NULL OR ${places} IS NULL THEN NULL WHEN ${places} >= ${scale} THEN CAST(${value} AS ${printType(type)}) ELSE ${restored} END`
  })
  return atom(sql, type)
}

/** Of a decimal without digits in front of the point, DuckDB cannot give the whole number above. */
export function wholeDecimal(x: Printed, fn: 'floor' | 'ceil'): Printed {
  const { precision, scale } = decimalType(x.type)
  const sqlType = printType(x.type)
  if (precision > scale) return atom(`TRY_CAST(${fn}(${x.sql}) AS ${sqlType})`, x.type)
  return atom(`CASE WHEN ${operand(x)} ${fn === 'floor' ? '>=' : '<='} 0 THEN 0 END::${sqlType}`, x.type)
}
