import type { Field } from '@millrace/columnar'
import { type CheckedPlan, STAMP_FIELDS } from '@millrace/core'
import { printPlan } from '@millrace/engine-duckdb'

const VERDICTS: Readonly<Record<string, string>> = {
  _late: 'l."late"',
  _windows_missed: 'l."windows_missed"',
  _node: 'l."node"',
  _source: 'l."source"',
}

/** A statement of a plan's late rows among the given records; columns that the plan computes are null. Undefined where nothing can be late. */
export function lateRowsSql(plan: CheckedPlan, fields: readonly Field[], sources: ReadonlyMap<string, string>): string | undefined {
  const { lateSql } = printPlan(plan, { mode: 'as_served', sources: (name) => sources.get(name) as string })
  if (lateSql === undefined) return undefined
  const parts = [...plan.sources.values()].map((source) => {
    const own = [...STAMP_FIELDS, ...source.fields]
    const column = ({ name, type }: Field): string => {
      const from = VERDICTS[name] ?? (own.some((one) => one.name === name && one.type === type) ? `s."${name}"` : 'NULL')
      return `${from} AS "${name}"`
    }
    return `SELECT ${fields.map(column).join(', ')} FROM (${lateSql}) l JOIN ${sources.get(source.name)} s ON l."arrival" = s."_arrival" WHERE l."source" = '${source.name}'`
  })
  return parts.join('\nUNION ALL\n')
}

/** The columns of a late table where some of them may be unknown. */
export function lateFields(plan: CheckedPlan, fields: readonly Field[]): readonly Field[] {
  const known = new Set([...Object.keys(VERDICTS), ...STAMP_FIELDS.map(({ name }) => name)])
  const recorded = [...plan.sources.values()].flatMap((source) => source.fields.map(({ name }) => name))
  return fields.map((field) => (known.has(field.name) || recorded.includes(field.name) ? field : { ...field, nullable: true }))
}
