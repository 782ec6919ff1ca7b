import type { Field } from '@millrace/columnar'
import { textOfBytes } from './comparable.ts'
import { identifier } from './identifier.ts'
import { TIME } from './system-column.ts'

/** One text for all rows, which the planner does not take for a constant: it would drop the column from what it joins by. */
const EVERY_ROW = `CASE WHEN ${TIME} IS NULL THEN '' ELSE '[]' END`

/** Columns as one text, equal for equal values and different for different ones; null equals null, which no join of Flink would say. */
export function keyText(names: readonly string[], fields: readonly Pick<Field, 'name' | 'type'>[]): string {
  if (names.length === 0) return EVERY_ROW
  const parts = names.map((name) => partText(identifier(name), fields.find((field) => field.name === name)?.type ?? 'int64'))
  return `JSON_ARRAY(${parts.join(', ')} NULL ON NULL)`
}

function partText(sql: string, type: string): string {
  if (type === 'bytes') return textOfBytes(sql)
  return type === 'string' || type === 'boolean' || type === 'json' ? sql : `CAST(${sql} AS STRING)`
}
