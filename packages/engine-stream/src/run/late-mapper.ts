import { type Batch, type Column, columnOf, Dictionary, type Field } from '@millrace/columnar'
import { nullColumn } from '../operator/join/joined-rows.ts'
import { DEAD_ROW_FIELDS } from '../operator/ordered/map-operator.ts'
import type { LateInputPlan, LateTablePlan } from '../operator/physical-plan.ts'

/** The table of the rows that a view's maps refused. */
export const DEAD_TABLE_FIELDS: readonly Field[] = [{ name: '_node', type: 'string', nullable: false }, ...DEAD_ROW_FIELDS]

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

/** Rows that the map of a node refused as rows of a view's table of dead letters. */
export function deadTableBatch(node: string, dead: Batch): Batch {
  return { rows: dead.rows, fields: DEAD_TABLE_FIELDS, columns: [constantText(node, dead.rows), ...dead.columns] }
}

function constantText(text: string, rows: number): Column {
  return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts([text]), nulls: null }
}
