import type { FieldExpr } from '@millrace/core'
import { bugError, parseJsonPath, parseType, typeText } from '@millrace/core'
import { castTo } from './cast-printer.ts'
import { decimalOfText, isDecimal } from './decimal-printer.ts'
import type { FunctionPrinter } from './function-printer.ts'
import { literalText, textConstant } from './identifier.ts'
import { atom, bind, operand, type Printed, type Scope, widened } from './printed.ts'
import { printType } from './type-printer.ts'

/** Flink knows lists of 32 bits only. */
const INDEX_MAX = 2_147_483_647

/** Where something stands in JSON text: SQL of the text, and of the path. */
interface Place {
  readonly json: string
  readonly path: string
}

/** The value of a plan type that stands there: numbers and booleans bare, decimals, times and bytes as text; a JSON null is NULL. */
function valueAt(scope: Scope, { json, path }: Place, type: string): string {
  if (type === 'json' || type.startsWith('list<') || type.startsWith('struct<')) return jsonAt({ json, path })
  const text = `JSON_VALUE(${json}, ${path})`
  if (type === 'string') return text
  // FROM_BASE64 says it gives text: the bytes, as they are.
  if (type === 'bytes') return `CAST(FROM_BASE64(${text}) AS BYTES)`
  if (type === 'timestamp') return castTo(scope, atom(text, 'string'), type).sql
  if (isDecimal(type)) return decimalOfText(text, type)
  return `TRY_CAST(${text} AS ${printType(type)})`
}

/** Whatever stands there as JSON text: JSON_QUERY gives it as the only element of a list. */
function jsonAt({ json, path }: Place): string {
  return `NULLIF(REGEXP_EXTRACT(JSON_QUERY(${json}, ${path} WITH UNCONDITIONAL ARRAY WRAPPER), '^\\[([\\s\\S]*)\\]\\z', 1), 'null')`
}

const listGet: FunctionPrinter = ([list, index], { scope }) => {
  const parsed = parseType(list.type)
  const type = parsed?.kind === 'list' ? typeText(parsed.element) : 'string'
  const sql = bind(scope, [list, widened(scope, index, 'int64')], (json, i) => {
    const path = `'$[' || CAST(${i} - 1 AS STRING) || ']'`
    return `CASE WHEN ${i} BETWEEN 1 AND ${INDEX_MAX} THEN ${valueAt(scope, { json, path }, type)} END`
  })
  return atom(sql, type)
}

/** Names are quoted, so that they are nothing but names. */
const jsonPath: FunctionPrinter = ([json], { exprs, scope }) => {
  const steps = parseJsonPath(literalText(exprs[1])) ?? []
  const path = textConstant(`$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `['${step}']`)).join('')}`)
  return atom(
    bind(scope, [json], (text) => {
      const found = steps.length === 0 ? `NULLIF(${text}, 'null')` : jsonAt({ json: text, path })
      const value = `JSON_VALUE(${text}, ${path})`
      return bind(scope, [atom(found, 'string')], (x) => `CASE WHEN STARTSWITH(${x}, '"') THEN ${value} ELSE ${x} END`)
    }),
    'string',
  )
}

/** The struct's field. */
export function printField(expr: FieldExpr, of: Printed, scope: Scope): Printed {
  const struct = parseType(of.type)
  const field = struct?.kind === 'struct' ? struct.fields.find(({ name }) => name === expr.field) : undefined
  if (field === undefined)
    throw bugError('engine/unknown-field', `Field \`${expr.field}\` is none of ${of.type}.`, { asked: expr.field, found: of.type })
  const type = typeText(field.type)
  const name = field.name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
  return atom(valueAt(scope, { json: operand(of), path: textConstant(`$['${name}']`) }, type), type)
}

export const NESTED_PRINTERS: Readonly<Record<string, FunctionPrinter>> = { json_path: jsonPath, list_get: listGet }
