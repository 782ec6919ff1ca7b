import type { Field } from '@millrace/columnar'
import { isNested, literalValue, type Value } from '@millrace/core'
import { identifier } from '../print/identifier.ts'
import { atom, scopeOf } from '../print/printed.ts'
import { daysOf, msOf } from '../print/time-range.ts'

/** SQL that writes a row's columns as one JSON list, from which `resultValues` reads them exactly. */
export function resultText(fields: readonly Field[]): string {
  if (fields.length === 0) return "'[]'"
  return `JSON_ARRAY(${fields.map(({ name, type }) => columnText(identifier(name), type)).join(', ')} NULL ON NULL)`
}

function columnText(sql: string, type: string): string {
  if (type === 'timestamp') return msOf(scopeOf([]), atom(sql, type))
  if (type === 'date') return daysOf(sql)
  return type === 'int64' || type.startsWith('decimal(') ? `CAST(${sql} AS STRING)` : sql
}

/** The values of a row that `resultText` wrote. */
export function resultValues(fields: readonly Field[], row: readonly unknown[]): Value[] {
  return fields.map(({ type }, i) => valueOf(row[i], type))
}

function valueOf(json: unknown, type: string): Value {
  if (json === null || json === undefined) return null
  if (type === 'int64') return integer(String(json))
  if (type === 'bytes') return new Uint8Array(Buffer.from(json as string, 'base64'))
  if (type === 'double') return Number(json)
  return isNested(type) || type === 'json' ? (literalValue({ lit: json as string, type }) as Value) : (json as Value)
}

function integer(text: string): number | bigint {
  const exact = BigInt(text)
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}
