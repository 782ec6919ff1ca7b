import { decimalType } from '@millrace/columnar'
import { unsupported } from '../capabilities.ts'
import { decimalOfText, isDecimal } from './decimal-printer.ts'
import { textConstant } from './identifier.ts'
import { atom, bind, compound, operand, type Printed, type Scope, widened } from './printed.ts'
import { DAY_MS, dayOf, daysOf, floorModulo, msOf, timeAt, timeWithin } from './time-range.ts'
import { printType } from './type-printer.ts'

const INTEGER = '-?(0|[1-9][0-9]*)'
const DECIMAL = `${INTEGER}(\\.[0-9]+)?`
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]'
const TIMESTAMP = `[0-9]{4}-[0-9]{2}-[0-9]{2}T${CLOCK}:[0-5][0-9](\\.[0-9]+)?(Z|[+-]${CLOCK})`
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'

/** The value, which is tidy, in another type; NULL where it has none there. */
export function castTo(scope: Scope, value: Printed, to: string): Printed {
  if (value.type === to) return value
  if (to === 'string') return atom(textOf(scope, value), to)
  if (value.type === 'string') return fromText(scope, value, to)
  if (to === 'double') return widened(scope, value, to)
  if (isDecimal(to)) return toDecimal(scope, value, to)
  if (to === 'int32' || to === 'int64') return toInteger(scope, value, to)
  if (to === 'date' && value.type === 'timestamp') return atom(dayOf(value.sql), to)
  if (to === 'timestamp' && value.type === 'date') return atom(timeAt(`${daysOf(value.sql)} * CAST(${DAY_MS} AS BIGINT)`), to)
  if (to === 'timestamp') return atom(timeWithin(scope, widened(scope, value, 'int64').sql), to)
  throw unsupported(`a cast from ${value.type} to ${to}`, 'an expression')
}

function textOf(scope: Scope, value: Printed): string {
  if (value.type === 'json') return value.sql
  if (value.type === 'boolean') return bind(scope, [value], (x) => `CASE WHEN ${x} THEN 'true' WHEN NOT ${x} THEN 'false' END`)
  return value.type === 'timestamp' ? timeText(scope, value) : `CAST(${value.sql} AS STRING)`
}

/** A time as ISO 8601 with milliseconds. */
export function timeText(scope: Scope, time: Printed): string {
  return bind(scope, [time], (t) =>
    bind(scope, [compound(msOf(scope, atom(t, 'timestamp')), 'int64')], (ms) => {
      const part = (size: number, turn: number, digits: number): string =>
        `LPAD(CAST(${floorModulo(ms, turn)} / ${size} AS STRING), ${digits}, '0')`
      const clock = [part(3_600_000, DAY_MS, 2), part(60_000, 3_600_000, 2), part(1000, 60_000, 2)].join(" || ':' || ")
      return `(CAST(${dayOf(t)} AS STRING) || 'T' || ${clock} || '.' || ${part(1, 1000, 3)} || 'Z')`
    }),
  )
}

/** Flink reads more than the grammars allow, hence the guards. */
function fromText(scope: Scope, value: Printed, to: string): Printed {
  switch (to) {
    case 'boolean':
      return atom(
        bind(scope, [value], (x) => `CASE ${x} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`),
        to,
      )
    case 'int32':
    case 'int64':
      return guarded(scope, { value, grammar: INTEGER, to })
    case 'double':
      return { ...guarded(scope, { value, grammar: `${DECIMAL}([eE][+-]?[0-9]+)?`, to }), raw: true }
    case 'timestamp':
      return atom(
        bind(scope, [value], (x) => timeOfText(scope, x)),
        to,
      )
    case 'date':
      return atom(
        bind(scope, [value], (x) => `CASE WHEN ${matches(x, DATE)} AND ${x} > '0001' THEN TRY_CAST(${x} AS DATE) END`),
        to,
      )
    default:
      return guarded(scope, { value, grammar: DECIMAL, to })
  }
}

function guarded(scope: Scope, of: { readonly value: Printed; readonly grammar: string; readonly to: string }): Printed {
  return atom(
    bind(scope, [of.value], (x) => {
      const read = isDecimal(of.to) ? decimalOfText(x, of.to) : `TRY_CAST(${x} AS ${printType(of.to)})`
      return `CASE WHEN ${matches(x, of.grammar)} THEN ${read} END`
    }),
    of.to,
  )
}

function matches(text: string, grammar: string): string {
  return `REGEXP(${text}, ${textConstant(`^${grammar}\\z`)})`
}

function timeOfText(scope: Scope, x: string): string {
  const number = (from: number, length: number): string => `CAST(SUBSTRING(${x}, ${from}, ${length}) AS BIGINT)`
  const day = `${daysOf(`TRY_CAST(SUBSTRING(${x}, 1, 10) AS DATE)`)} * CAST(${DAY_MS} AS BIGINT)`
  const clock = `(${number(12, 2)} * 60 + ${number(15, 2)}) * 60000 + ${number(18, 2)} * 1000`
  const fraction = `CAST(RPAD(COALESCE(REGEXP_EXTRACT(${x}, '\\.([0-9]{1,3})', 1), '0'), 3, '0') AS BIGINT)`
  const zonePart = (back: number): string => `CAST(SUBSTRING(${x}, CHAR_LENGTH(${x}) - ${back}, 2) AS BIGINT)`
  const sign = `CASE WHEN SUBSTRING(${x}, CHAR_LENGTH(${x}) - 5, 1) = '-' THEN -60000 ELSE 60000 END`
  const zone = `CASE WHEN ENDSWITH(${x}, 'Z') THEN 0 ELSE (${zonePart(4)} * 60 + ${zonePart(1)}) * ${sign} END`
  return timeWithin(scope, `CASE WHEN ${matches(x, TIMESTAMP)} AND ${x} > '0001' THEN ${day} + ${clock} + ${fraction} - ${zone} END`)
}

/** Doubles go by way of their shortest decimal. Flink reads none of the least ones, which are zero. */
function toDecimal(scope: Scope, value: Printed, to: string): Printed {
  if (value.type === 'double') {
    const least = `1E-${decimalType(to).scale + 1}`
    const read = (x: string): string => decimalOfText(`CAST(CASE WHEN ABS(${x}) < ${least} THEN 0E0 ELSE ${x} END AS STRING)`, to)
    return atom(bind(scope, [value], read), to)
  }
  return atom(`TRY_CAST(${value.sql} AS ${printType(to)})`, to)
}

/** What is behind the point is cut off. */
function toInteger(scope: Scope, value: Printed, to: string): Printed {
  if (value.type === 'int32') return widened(scope, value, to)
  if (value.type === 'timestamp') return atom(msOf(scope, value), to)
  if (value.type === 'double')
    return atom(
      bind(scope, [value], (x) => wholeOfDouble(x, to)),
      to,
    )
  return atom(`TRY_CAST(${wholeOf(value)} AS ${printType(to)})`, to)
}

/** The first double that is beyond, on either side. */
const LIMITS: Readonly<Record<string, readonly [string, string]>> = {
  int32: ['-2147483649E0', '2147483648E0'],
  int64: ['-9223372036854777856E0', '9223372036854775808E0'],
}

function wholeOfDouble(x: string, to: string): string {
  const [low, high] = LIMITS[to]
  return `CASE WHEN ${x} > ${low} AND ${x} < ${high} THEN CAST(${x} AS ${printType(to)}) END`
}

function wholeOf(value: Printed): string {
  if (!isDecimal(value.type) || decimalType(value.type).scale === 0) return `CAST(${operand(value)} AS STRING)`
  return `SPLIT_INDEX(CAST(${operand(value)} AS STRING), '.', 0)`
}
