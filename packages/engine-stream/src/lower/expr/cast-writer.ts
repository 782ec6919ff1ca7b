import { decimalType } from '@millrace/columnar'
import { bugError } from '@millrace/core'
import type { KernelWriter, Term } from './kernel-writer.ts'
import { isDecimalType } from './store-form.ts'

const EPOCH_MS_MIN = '-62135596800000'
const EPOCH_MS_MAX = '253402300799999'
const DAY_MS = '86400000'

/** The library's readers of text by type. */
const READERS: Readonly<Record<string, string>> = {
  boolean: 'booleanOfText',
  int32: 'int32OfText',
  int64: 'int64OfText',
  double: 'doubleOfText',
  timestamp: 'timeOfText',
  date: 'dateOfText',
}

/** A value in another type, null where it has none there. */
export function writeCast(writer: KernelWriter, term: Term, to: string): Term {
  if (term.type === to) return term
  if (term.isNull === 'true') return writer.nullTerm(to)
  if (to === 'string') return writer.strict('string', [term], textOf(term))
  if (term.type === 'string') return fromText(writer, term, to)
  if (isDecimalType(to)) return toDecimal(writer, term, to)
  if (to === 'int32' || to === 'int64') return toInteger(writer, term, to)
  if (to === 'timestamp') return term.type === 'date' ? writer.strict(to, [term], `${term.value} * ${DAY_MS}`) : toTime(writer, term)
  if (to === 'date') return writer.strict(to, [term], `Math.floor(${term.value} / ${DAY_MS}) + 0`)
  if (to === 'double') return writer.widened(term, to)
  throw bugError('stream/unexpected-cast', `A cast from ${term.type} to ${to} came through the plan's checks.`, { asked: [term.type, to] })
}

function textOf({ type, value }: Term): string {
  if (isDecimalType(type)) return `library.decimalText(${value}, ${decimalType(type).scale})`
  if (type === 'timestamp') return `library.timeText(${value})`
  if (type === 'date') return `library.dateText(${value})`
  return type === 'json' ? value : `String(${value})`
}

function fromText(writer: KernelWriter, term: Term, to: string): Term {
  if (!isDecimalType(to)) return writer.optional(to, [term], `library.${READERS[to]}(${term.value})`)
  return writer.guarded(to, [term], (value, isNull) => {
    const read = `const units = library.unitsOfText(${term.value}, ${decimalType(to).scale})`
    return `${read}\nif (units === undefined) ${isNull} = true\nelse {\n${value} = units\n${withinDigits(to, { value, isNull })}\n}`
  })
}

function toDecimal(writer: KernelWriter, term: Term, to: string): Term {
  const { scale } = decimalType(to)
  const units =
    term.type === 'double'
      ? `library.unitsOfDouble(${term.value}, ${scale})`
      : `library.shiftUnits(BigInt(${term.value}), ${scale - decimalType(term.type).scale})`
  return writer.guarded(to, [term], (value, isNull) => `${value} = ${units}\n${withinDigits(to, { value, isNull })}`)
}

/** What leaves a decimal's digits becomes null. */
export function withinDigits(type: string, { value, isNull }: { readonly value: string; readonly isNull: string }): string {
  const limit = `${10n ** BigInt(decimalType(type).precision)}n`
  return `if (${value} >= ${limit} || ${value} <= -${limit}) { ${isNull} = true; ${value} = 0n }`
}

/** Times give epoch ms; doubles and decimals lose what is behind the point. */
function toInteger(writer: KernelWriter, term: Term, to: string): Term {
  if (to === 'int64' && term.type === 'int32') return writer.widened(term, to)
  if (term.type === 'timestamp') return writer.strict(to, [term], writer.wide ? `BigInt(${term.value})` : term.value)
  return writer.guarded(to, [term], (value, isNull) => {
    const whole = `const whole = ${wholeOf(writer, term)}`
    return `${whole}\n${to === 'int32' ? asInt32(value, isNull) : asInt64(writer, value, isNull)}`
  })
}

/** A number without fraction, or a bigint. */
function wholeOf(writer: KernelWriter, term: Term): string {
  if (isDecimalType(term.type)) return `${term.value} / ${10n ** BigInt(decimalType(term.type).scale)}n`
  return term.type === 'int64' && writer.wide ? term.value : `Math.trunc(${term.value}) + 0`
}

function asInt32(value: string, isNull: string): string {
  return `if (whole < -2147483648 || whole > 2147483647) ${isNull} = true\nelse ${value} = Number(whole)`
}

function asInt64(writer: KernelWriter, value: string, isNull: string): string {
  if (!writer.wide) return `if (whole > 9007199254740991 || whole < -9007199254740991) return null\n${value} = Number(whole)`
  return `if (whole >= 9223372036854775808n || whole < -9223372036854775808n) ${isNull} = true\nelse ${value} = BigInt(whole)`
}

function toTime(writer: KernelWriter, term: Term): Term {
  const number = writer.wide ? `Number(${term.value})` : term.value
  return writer.guarded(
    'timestamp',
    [term],
    (value, isNull) =>
      `${value} = ${number}\nif (${value} < ${EPOCH_MS_MIN} || ${value} > ${EPOCH_MS_MAX}) { ${isNull} = true; ${value} = 0 }`,
  )
}
