import { type Expr, literalValue, parseRegex, RE2_DIALECT, regexText } from '@millrace/core'
import type { FunctionPrinter } from './function-printer.ts'
import { literalText, textConstant } from './identifier.ts'
import { atom, bind, compound, operand, type Printed, widened } from './printed.ts'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()
/** DuckDB refuses positions beyond 32 bits; no text is that long. */
const POSITION_MAX = 2_147_483_647

function call(name: string, type: string): FunctionPrinter {
  return (args) => atom(`${name}(${args.map((arg) => arg.sql).join(', ')})`, type)
}

/** DuckDB gives a concatenation with a constant null no type, which other functions refuse; the cast brings the type back. */
const concat: FunctionPrinter = (args, exprs) => {
  if (args.length === 1) return args[0]
  const sql = args.map(operand).join(' || ')
  const neverConstantNull = exprs.every((expr) => 'col' in expr || ('lit' in expr && expr.lit !== null))
  return neverConstantNull ? compound(sql, 'string') : atom(`(${sql})::VARCHAR`, 'string')
}

/** The characters at positions max(start, 1) to start + length − 1; DuckDB itself counts negative positions from the end. */
const substring: FunctionPrinter = ([text, start, length], exprs) => {
  const from = constant(exprs[1])
  const count = constant(exprs[2])
  if (from !== undefined && count !== undefined) return constantSubstring(text, from, count)
  const sql = bind([text, widened(start, 'int64'), widened(length, 'int64')], (t, s, l) => {
    const end = `least(${s}::HUGEINT + ${l} - greatest(${s}, 1), ${POSITION_MAX})`
    return `CASE WHEN ${s} IS NOT NULL AND ${l} IS NOT NULL THEN substring(${t}, least(greatest(${s}, 1), ${POSITION_MAX})::BIGINT, greatest(${end}, 0)::BIGINT) END`
  })
  return atom(sql, 'string')
}

/** DuckDB counts negative positions from the end, knows lists of 32 bits only, and splits a constant null into no type, hence the cast. */
const split: FunctionPrinter = ([text, separator, index]) => {
  const sql = bind(
    [text, widened(index, 'int64')],
    (t, i) => `CASE WHEN ${i} BETWEEN 1 AND ${POSITION_MAX} THEN string_split(${t}, ${separator.sql})[${i}]::VARCHAR END`,
  )
  return atom(sql, 'string')
}

function constantSubstring(text: Printed, start: bigint, length: bigint): Printed {
  const from = start < 1n ? 1n : start
  const count = start + length - from
  const clamped = (value: bigint): bigint => (value < 0n ? 0n : value > POSITION_MAX ? BigInt(POSITION_MAX) : value)
  return atom(`substring(${text.sql}, ${clamped(from)}, ${clamped(count)})`, 'string')
}

/** The pattern as RE2 reads it. */
function patternOf(expr: Expr): string {
  const regex = parseRegex(literalText(expr))
  return textConstant('complaint' in regex ? '' : regexText(regex, RE2_DIALECT))
}

function constant(expr: Expr): bigint | undefined {
  if (!('lit' in expr)) return undefined
  const value = literalValue(expr)
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined
}

/** Text functions. DuckDB's `length` and `substring` count code points; its `lower`, `upper` and bare `trim` know more than ASCII. */
export const TEXT_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  lower: ([text]) => atom(`translate(${text.sql}, '${UPPER}', '${LOWER}')`, 'string'),
  upper: ([text]) => atom(`translate(${text.sql}, '${LOWER}', '${UPPER}')`, 'string'),
  trim: ([text]) => atom(`trim(${text.sql}, ' ')`, 'string'),
  length: call('length', 'int64'),
  starts_with: call('starts_with', 'boolean'),
  ends_with: call('ends_with', 'boolean'),
  contains: call('contains', 'boolean'),
  substring,
  split,
  concat,
  like: ([text, pattern]) => compound(`${operand(text)} LIKE ${operand(pattern)}`, 'boolean'),
  regex_match: ([text], exprs) => atom(`regexp_matches(${text.sql}, ${patternOf(exprs[1])})`, 'boolean'),
  regex_extract: ([text], exprs) => atom(`regexp_extract_all(${text.sql}, ${patternOf(exprs[1])}, ${literalText(exprs[2])})[1]`, 'string'),
  md5: call('md5', 'string'),
  sha256: call('sha256', 'string'),
}
