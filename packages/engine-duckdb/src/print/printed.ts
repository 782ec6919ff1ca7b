import { atom, operand, type Printed } from '@millrace/core'

export { atom, compound, operand, type Printed } from '@millrace/core'

/** Longest text that is written twice; longer operands are bound to a name first, so that nesting cannot blow up the statement. */
const REPEATED_TEXT_MAX = 60

/** Writes `body` with the operands' texts, each of which it may use several times. The body's text is an atom. */
export function bind(values: readonly Printed[], body: (...texts: string[]) => string): string {
  if (values.every((value) => value.sql.length <= REPEATED_TEXT_MAX)) return body(...values.map(operand))
  const entries = values.map((value, i) => `v${i}: ${value.sql}`)
  const name = `b${bodies++}`
  const text = body(...values.map((_, i) => `${name}.v${i}`))
  bodies--
  return `list_transform([{${entries.join(', ')}}], lambda ${name}: ${text})[1]`
}

/** Bodies being written, one within the other: each has a name of its own, so that an inner one reads an outer one's operands. */
let bodies = 0

/** NaN and infinities become NULL, −0 becomes 0; anything but a raw double is given back as it is. */
export function finite(printed: Printed): Printed {
  if (printed.raw !== true) return printed
  return atom(
    bind([printed], (x) => `CASE WHEN isfinite(${x}) THEN ${x} + 0.0e0 END`),
    'double',
  )
}

/** The value as another numeric type. */
export function widened(printed: Printed, type: string): Printed {
  const value = finite(printed)
  if (value.type === type) return value
  if (type.startsWith('decimal(')) return atom(`${operand(value)}::${type.toUpperCase()}`, type)
  if (type === 'double' && value.type.startsWith('decimal(')) return atom(`${operand(value)}::VARCHAR::DOUBLE`, 'double')
  if (type === 'double') return atom(`${operand(value)}::DOUBLE`, 'double')
  if (type === 'int64' && value.type === 'int32') return atom(`${operand(value)}::BIGINT`, 'int64')
  return value
}
