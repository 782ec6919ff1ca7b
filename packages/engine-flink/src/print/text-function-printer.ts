import type { Expr } from '@millrace/core'
import { literalValue, parseRegex, RE2_DIALECT, regexText } from '@millrace/core'
import type { FunctionPrinter } from './function-printer.ts'
import { literalText, textConstant } from './identifier.ts'
import { atom, bind, compound, operand, type Printed, widened } from './printed.ts'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()
/** Flink's positions are of 32 bits; no text is that long. */
const POSITION_MAX = 2_147_483_647

function call(name: string, type: string): FunctionPrinter {
  return (args) => atom(`${name}(${args.map((arg) => arg.sql).join(', ')})`, type)
}

const concat: FunctionPrinter = (args) => (args.length === 1 ? args[0] : compound(args.map(operand).join(' || '), 'string'))

/** The characters at positions max(start, 1) to start + length − 1; Flink itself counts negative positions from the end. */
const substring: FunctionPrinter = ([text, start, length], { exprs, scope }) => {
  const from = constant(exprs[1])
  const count = constant(exprs[2])
  if (from !== undefined && count !== undefined) return constantSubstring(text, from, count)
  const sql = bind(scope, [text, widened(scope, start, 'int64'), widened(scope, length, 'int64')], (t, s, l) => {
    const first = `GREATEST(${s}, CAST(1 AS BIGINT))`
    const end = `CAST(${s} AS DECIMAL(20, 0)) + CAST(${l} AS DECIMAL(20, 0)) - CAST(${first} AS DECIMAL(20, 0))`
    const size = `CAST(LEAST(${end}, ${POSITION_MAX}) AS INT)`
    return `CASE WHEN ${end} <= 0 AND ${t} IS NOT NULL THEN '' WHEN ${end} > 0 AND ${first} <= CHAR_LENGTH(${t}) THEN SUBSTRING(${t}, CAST(${first} AS INT), ${size}) WHEN ${end} > 0 AND ${t} IS NOT NULL THEN '' END`
  })
  return atom(sql, 'string')
}

/** An index out of range is null; Flink fails where it is not positive, also where a condition keeps it away, and finds nothing in an empty text. */
const split: FunctionPrinter = ([text, separator, index], { scope }) => {
  const sql = bind(
    scope,
    [text, widened(scope, index, 'int64')],
    (t, i) =>
      `CASE WHEN ${i} = 1 AND ${t} = '' THEN '' WHEN ${i} BETWEEN 1 AND ${POSITION_MAX} THEN SPLIT(${t}, ${separator.sql})[GREATEST(CAST(${i} AS INT), 1)] END`,
  )
  return atom(sql, 'string')
}

function constantSubstring(text: Printed, start: bigint, length: bigint): Printed {
  const from = start < 1n ? 1n : start
  const count = start + length - from
  const clamped = (value: bigint): bigint => (value < 0n ? 0n : value > POSITION_MAX ? BigInt(POSITION_MAX) : value)
  return atom(`SUBSTRING(${text.sql}, ${clamped(from)}, ${clamped(count)})`, 'string')
}

/** A pattern that is met anywhere: Flink takes an empty one for one that is met nowhere. */
const ANYWHERE = '(?:)'

/** The pattern as Java reads it, which is as RE2 does. */
function patternOf(expr: Expr): string {
  const regex = parseRegex(literalText(expr))
  return textConstant('complaint' in regex ? '' : regexText(regex, RE2_DIALECT) || ANYWHERE)
}

function constant(expr: Expr): bigint | undefined {
  if (!('lit' in expr)) return undefined
  const value = literalValue(expr)
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined
}

/** Characters that Java takes for ends of lines, and characters that stand for them: Unicode has these for uses within a program. */
const LINE_ENDS = '\n\r\u0085\u2028\u2029'
const STAND_INS = '\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4'

/** Flink finds by a pattern of Java whose `.` is any character but the end of a line, unless the pattern is a constant without `_`. */
const like: FunctionPrinter = ([text, pattern], { exprs }) => {
  const isPlain = 'lit' in exprs[1] && exprs[1].lit?.includes('_') !== true
  const of = (value: Printed): string =>
    isPlain ? operand(value) : `TRANSLATE(${value.sql}, ${textConstant(LINE_ENDS)}, ${textConstant(STAND_INS)})`
  return compound(`${of(text)} LIKE ${of(pattern)}`, 'boolean')
}

const contains: FunctionPrinter = ([text, part]) => compound(`LOCATE(${part.sql}, ${text.sql}) > 0`, 'boolean')

/** Flink counts code points; its own lower and upper know more than ASCII. */
export const TEXT_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  lower: ([text]) => atom(`TRANSLATE(${text.sql}, '${UPPER}', '${LOWER}')`, 'string'),
  upper: ([text]) => atom(`TRANSLATE(${text.sql}, '${LOWER}', '${UPPER}')`, 'string'),
  trim: ([text]) => atom(`TRIM(BOTH ' ' FROM ${text.sql})`, 'string'),
  length: ([text]) => atom(`CAST(CHAR_LENGTH(${text.sql}) AS BIGINT)`, 'int64'),
  starts_with: call('STARTSWITH', 'boolean'),
  ends_with: call('ENDSWITH', 'boolean'),
  contains,
  substring,
  split,
  concat,
  like,
  regex_match: ([text], { exprs }) => atom(`REGEXP(${text.sql}, ${patternOf(exprs[1])})`, 'boolean'),
  regex_extract: ([text], { exprs }) => atom(`REGEXP_EXTRACT(${text.sql}, ${patternOf(exprs[1])}, ${literalText(exprs[2])})`, 'string'),
  md5: call('MD5', 'string'),
  sha256: call('SHA256', 'string'),
}
