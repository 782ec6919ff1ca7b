import { unsupported } from '../capabilities.ts'
import { identifier } from './identifier.ts'

/** A column of a table to be written as JSON: its name and plan type. */
export interface JsonColumn {
  readonly name: string
  readonly type: string
}

const YEAR_10000 = "TIMESTAMPTZ '10000-01-01 00:00:00+00'"
const SAFE_MAX = String(Number.MAX_SAFE_INTEGER)
const ESCAPES: readonly (readonly [number, string])[] = [
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [12, '\\f'],
  [13, '\\r'],
]

/** An SQL expression for a row as a compact JSON array, byte for byte what `JSON.stringify` gives for its values. */
export function printJsonRow(columns: readonly JsonColumn[]): string {
  if (columns.length === 0) return "'[]'"
  const values = columns.map((column) => `coalesce(${jsonText(column)}, 'null')`)
  return `'[' || ${values.join(" || ',' || ")} || ']'`
}

function jsonText({ name, type }: JsonColumn): string {
  const column = identifier(name)
  switch (type) {
    case 'boolean':
    case 'int32':
      return `${column}::VARCHAR`
    case 'int64':
      return `CASE WHEN ${column} BETWEEN -${SAFE_MAX} AND ${SAFE_MAX} THEN ${column}::VARCHAR ELSE '"' || ${column}::VARCHAR || '"' END`
    case 'double':
      return doubleText(column)
    case 'string':
    case 'json':
      return stringText(column)
    case 'bytes':
      return `'"' || to_base64(${column}) || '"'`
    case 'timestamp':
      // A window may end in the year 10000, which JavaScript writes with a sign and six digits.
      return `CASE WHEN ${column} >= ${YEAR_10000} THEN ${timeText(column, '+0')} ELSE ${timeText(column, '')} END`
    case 'date':
      return `strftime(${column}, '"%Y-%m-%d"')`
    default:
      if (type.startsWith('decimal(')) return `'"' || ${column}::VARCHAR || '"'`
      throw unsupported(`digests over type ${type}`, `column \`${name}\``)
  }
}

/** Only texts with a quote, a backslash or a control character pay for the replacements. */
function stringText(column: string): string {
  let escaped = `replace(replace(${column}, '\\', '\\\\'), '"', '\\"')`
  for (let code = 0; code < 32; code++) {
    const short = ESCAPES.find(([one]) => one === code)?.[1]
    escaped = `replace(${escaped}, chr(${code}), '${short ?? `\\u${code.toString(16).padStart(4, '0')}`}')`
  }
  return `CASE WHEN regexp_matches(${column}, '[\\x00-\\x1f"\\\\]') THEN '"' || ${escaped} || '"' ELSE '"' || ${column} || '"' END`
}

/**
 * A double as JavaScript writes it. Both print the shortest digits that read back the same; DuckDB goes over to an exponent below 1e-4 and
 * from 1e16 on and writes it with two digits, JavaScript below 1e-6 and from 1e21 on.
 */
function doubleText(column: string): string {
  const text = `${column}::VARCHAR`
  const mantissa = `replace(split_part(abs(${column})::VARCHAR, 'e', 1), '.', '')`
  const exponent = `split_part(${text}, 'e', 2)::INTEGER`
  const sign = `CASE WHEN ${column} < 0 THEN '-' ELSE '' END`
  return [
    'CASE',
    `WHEN NOT isfinite(${column}) THEN 'null'`,
    `WHEN ${column} = 0 THEN '0'`,
    `WHEN NOT contains(${text}, 'e') THEN regexp_replace(${text}, '\\.0$', '')`,
    `WHEN ${exponent} BETWEEN 0 AND 20 THEN ${sign} || rpad(${mantissa}, ${exponent} + 1, '0')`,
    `WHEN ${exponent} BETWEEN -6 AND -1 THEN ${sign} || '0.' || repeat('0', -${exponent} - 1) || ${mantissa}`,
    `ELSE split_part(${text}, 'e', 1) || 'e' || CASE WHEN ${exponent} > 0 THEN '+' ELSE '' END || ${exponent}::VARCHAR`,
    'END',
  ].join(' ')
}

function timeText(column: string, sign: string): string {
  return `strftime(make_timestamp(epoch_us(${column})), '"${sign}%Y-%m-%dT%H:%M:%S.%gZ"')`
}
