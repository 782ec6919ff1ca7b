import { bugError, type FieldExpr, parseJsonPath, parseType, typeText } from '@millrace/core'
import type { FunctionPrinter } from './function-printer.ts'
import { literalText, textConstant } from './identifier.ts'
import { atom, bind, finite, operand, type Printed, widened } from './printed.ts'
import { printType } from './type-printer.ts'

/** DuckDB knows lists of 32 bits only. */
const INDEX_MAX = 2_147_483_647

/** Where something stands in JSON text: SQL of the text, and of DuckDB's path. */
interface Place {
  readonly json: string
  readonly path: string
}

/** The value of a plan type that stands there: numbers and booleans bare, decimals, times and bytes as text; a JSON null is NULL. */
function valueAt({ json, path }: Place, type: string): string {
  const text = `json_extract_string(${json}, ${path})`
  if (type === 'string') return text
  if (type === 'bytes') return `from_base64(${text})`
  if (type === 'json' || type.startsWith('list<') || type.startsWith('struct<'))
    return `nullif(json_extract(${json}, ${path})::VARCHAR, 'null')`
  return `${text}::${printType(type)}`
}

const listGet: FunctionPrinter = ([list, index]) => {
  const parsed = parseType(list.type)
  const type = parsed?.kind === 'list' ? typeText(parsed.element) : 'string'
  const sql = bind(
    [list, widened(index, 'int64')],
    (json, i) =>
      `CASE WHEN ${i} BETWEEN 1 AND ${INDEX_MAX} THEN ${valueAt({ json, path: `'$[' || (greatest(${i}, 1) - 1) || ']'` }, type)} END`,
  )
  return atom(sql, type)
}

/** Names are quoted, so that they are nothing but names. */
const jsonPath: FunctionPrinter = ([json], exprs) => {
  const steps = parseJsonPath(literalText(exprs[1])) ?? []
  const path = `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`)).join('')}`
  return atom(`json_extract_string(${json.sql}, ${textConstant(path)})`, 'string')
}

/** The struct's field, found by a JSON pointer. */
export function printField(expr: FieldExpr, of: Printed): Printed {
  const struct = parseType(of.type)
  const field = struct?.kind === 'struct' ? struct.fields.find(({ name }) => name === expr.field) : undefined
  if (field === undefined)
    throw bugError('engine/unknown-field', `Field \`${expr.field}\` is none of ${of.type}.`, { asked: expr.field, found: of.type })
  const type = typeText(field.type)
  const pointer = textConstant(`/${field.name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return atom(`${valueAt({ json: operand(finite(of)), path: pointer }, type)}`, type)
}

export const NESTED_PRINTERS: Readonly<Record<string, FunctionPrinter>> = { json_path: jsonPath, list_get: listGet }
