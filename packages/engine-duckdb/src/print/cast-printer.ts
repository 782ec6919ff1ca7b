import { decimalType } from '@millrace/columnar'
import { unsupported } from '../capabilities.ts'
import { decimalOfUnits, decimalText, isDecimal, unitsOfDouble } from './decimal-printer.ts'
import { textConstant } from './identifier.ts'
import { atom, bind, operand, type Printed, widened } from './printed.ts'
import { wallClock } from './time-function-printer.ts'
import { timeWithin } from './time-range.ts'
import { printType } from './type-printer.ts'

const INTEGER = '-?(0|[1-9][0-9]*)'
const DECIMAL = `${INTEGER}(\\.[0-9]+)?`
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]'
const TIMESTAMP = `[0-9]{4}-[0-9]{2}-[0-9]{2}T${CLOCK}:[0-5][0-9](\\.[0-9]+)?(Z|[+-]${CLOCK})`
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'

/** The value, which is tidy, in another type; NULL where it has none there. */
export function castTo(value: Printed, to: string): Printed {
  if (value.type === to) return value
  if (to === 'string') return atom(textOf(value), to)
  if (value.type === 'string') return fromText(value, to)
  if (to === 'double') return widened(value, to)
  if (isDecimal(to)) return toDecimal(value, to)
  if (to === 'int32' || to === 'int64') return toInteger(value, to)
  if (to === 'date' && value.type === 'timestamp') return atom(`${wallClock(value)}::DATE`, to)
  if (to === 'timestamp' && value.type === 'date') return atom(`make_timestamptz(epoch_us(${operand(value)}::TIMESTAMP))`, to)
  if (to === 'timestamp') return timeOf(value)
  throw unsupported(`a cast from ${value.type} to ${to}`, 'an expression')
}

function textOf(value: Printed): string {
  if (isDecimal(value.type)) return decimalText(value)
  if (value.type === 'json') return value.sql
  if (value.type === 'timestamp') return `strftime(${wallClock(value)}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return value.type === 'date' ? `strftime(${value.sql}, '%Y-%m-%d')` : `${operand(value)}::VARCHAR`
}

/** DuckDB reads more than the grammars allow, hence the guards. */
function fromText(value: Printed, to: string): Printed {
  switch (to) {
    case 'boolean':
      return atom(
        bind([value], (x) => `CASE ${x} WHEN 'true' THEN true WHEN 'false' THEN false END`),
        to,
      )
    case 'int32':
    case 'int64':
      return guarded(value, INTEGER, to)
    case 'double':
      return { ...guarded(value, `${DECIMAL}([eE][+-]?[0-9]+)?`, to), raw: true }
    case 'timestamp':
      return atom(
        bind([value], (x) => timeOfText(x)),
        to,
      )
    case 'date':
      return atom(
        bind([value], (x) => `CASE WHEN ${matches(x, DATE)} AND ${x} > '0001' THEN TRY_CAST(${x} AS DATE) END`),
        to,
      )
    default:
      return guarded(value, DECIMAL, to)
  }
}

function guarded(value: Printed, grammar: string, to: string): Printed {
  return atom(
    bind([value], (x) => `CASE WHEN ${matches(x, grammar)} THEN TRY_CAST(${x} AS ${printType(to)}) END`),
    to,
  )
}

function matches(text: string, grammar: string): string {
  return `regexp_full_match(${text}, ${textConstant(grammar)})`
}

/** DuckDB knows no zone of more than 15 hours and rounds beyond microseconds: the parts are read apart. */
function timeOfText(x: string): string {
  const local = `epoch_ms(TRY_CAST(left(${x}, 19) AS TIMESTAMP))`
  const fraction = `rpad(left(regexp_extract(${x}, '\\.([0-9]+)', 1), 3), 3, '0')::BIGINT`
  const zone = `(right(${x}, 5)[1:2]::BIGINT * 60 + right(${x}, 2)::BIGINT) * CASE WHEN right(${x}, 6)[1] = '-' THEN -60000 ELSE 60000 END`
  const ms = `${local} + ${fraction} - CASE WHEN ends_with(${x}, 'Z') THEN 0 ELSE ${zone} END`
  return timeWithin(`CASE WHEN ${matches(x, TIMESTAMP)} AND ${x} > '0001' THEN ${ms} END`)
}

function timeOf(value: Printed): Printed {
  return atom(timeWithin(value.sql), 'timestamp')
}

function toDecimal(value: Printed, to: string): Printed {
  if (value.type !== 'double') return atom(`TRY_CAST(${value.sql} AS ${printType(to)})`, to)
  const units = bind([value], (x) => unitsOfDouble(atom(x, 'double'), String(decimalType(to).scale)))
  return atom(
    bind([atom(units, 'int64')], (u) => decimalOfUnits(u, to)),
    to,
  )
}

/** What is behind the point is cut off. */
function toInteger(value: Printed, to: string): Printed {
  if (value.type === 'int32') return widened(value, to)
  if (value.type === 'timestamp') return atom(`epoch_ms(${value.sql})`, to)
  return atom(`TRY_CAST(${wholeOf(value)} AS ${printType(to)})`, to)
}

function wholeOf(value: Printed): string {
  if (value.type === 'double') return `trunc(${value.sql})`
  if (!isDecimal(value.type) || decimalType(value.type).scale === 0) return value.sql
  return `split_part(${decimalText(value)}, '.', 1)`
}
