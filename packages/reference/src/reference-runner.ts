import type { CheckedNode, CheckedPlan, LateEntry, PlanResult, PlanRunner, PlanRunOptions, PlanSource, StampedRow } from '@millrace/core'
import { type Datum, valueOf } from './datum.ts'
import { exchange } from './exchange.ts'
import { filter } from './filter.ts'
import { project } from './project.ts'
import type { Row } from './row.ts'
import { scan } from './scan.ts'
import { windowAggregate } from './window-aggregate.ts'

/**
 * The specification as a runner: each node that the output needs is computed whole, from the nodes it reads, in plain loops over
 * rows. Batch size and worker count mean nothing here, as they may change nothing anywhere.
 */
export const referenceRunner: PlanRunner = {
  engine: 'reference',
  run: async (plan, rows, options) => runReference(plan, rows, options),
}

/** The same, at once. */
export function runReference(plan: CheckedPlan, records: readonly StampedRow[], options: Pick<PlanRunOptions, 'mode'>): PlanResult {
  const late: LateEntry[] = []
  const rowsOf = (checked: CheckedNode): readonly Row[] => {
    const { node } = checked
    if (node.kind === 'scan') return scan(plan.sources.get(node.source) as PlanSource, records)
    const input = plan.byId.get(node.input) as CheckedNode
    const rows = rowsOf(input)
    const types = new Map(input.fields.map((field) => [field.name, field.type]))
    switch (node.kind) {
      case 'filter':
        return filter(node, rows, types)
      case 'project':
        return project(node, rows, types)
      case 'exchange':
        return exchange(rows)
      case 'window-aggregate': {
        const result = windowAggregate(node, rows, { mode: options.mode, types })
        for (const entry of result.late) late.push(entry)
        return result.rows
      }
    }
  }
  const { fields } = plan.output
  const rows = rowsOf(plan.output).map((row) => fields.map((field) => valueOf(row.columns.get(field.name) as Datum)))
  return { columns: fields, rows, late }
}
