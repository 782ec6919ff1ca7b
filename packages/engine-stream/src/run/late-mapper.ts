import { type Batch, type Column, columnOf, Dictionary } from '@millrace/columnar'
import { nullColumn } from '../operator/join/joined-rows.ts'
import type { LateInputPlan, LateTablePlan } from '../operator/physical-plan.ts'

/** An operator's late rows as rows of a view's late table. */
export function lateTableBatch(table: LateTablePlan, input: LateInputPlan, late: Batch): Batch {
  const columns = table.fields.map((field): Column => {
    if (field.name === '_node') return constantText(input.node, late.rows)
    if (field.name === '_source' && input.source !== null) return constantText(input.source, late.rows)
    const place = input.names.indexOf(field.name)
    const column = place < 0 ? columnOf(late, field.name) : late.columns[place]
    return column === undefined || (place < 0 && !field.name.startsWith('_')) ? nullColumn(field.type, late.rows) : column
  })
  return { rows: late.rows, fields: table.fields, columns }
}

function constantText(text: string, rows: number): Column {
  return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts([text]), nulls: null }
}
