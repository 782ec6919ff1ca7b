import { type BooleanColumn, columnOf } from '@millrace/columnar'
import { checkPlan, compileAsset, type ModelAsset } from '@millrace/core'
import { lowerPlan, PartitionRunner, type PhysicalPlan } from '@millrace/engine-stream'
import type { FallbackRule } from '@millrace/ml/serving'
import { stampless } from './stampless-rows.ts'

const DECISION = 'fallback'

/** The fallback rule of a model over the rows of its view, as a plan that passes a structured clone. */
export function fallbackPlan(model: ModelAsset): PhysicalPlan {
  const { name, input, fallback } = model
  const fields = compileAsset(input).output.fields.map((field) => (field.name === 'window_end' ? field : { ...field, nullable: true }))
  return lowerPlan(
    checkPlan({
      millrace_plan: 1,
      sources: [{ name: input.name, event_time: 'window_end', key: [], watermark_delay_ms: 0, late: 'drop', fields }],
      nodes: [
        { id: 'rows', kind: 'scan', source: input.name },
        { id: name, kind: 'project', input: 'rows', columns: [{ name: DECISION, expr: fallback }] },
      ],
      output: name,
    }),
  )
}

/** The rule that a plan of `fallbackPlan` says, compiled by the stream engine. */
export function fallbackRule(plan: PhysicalPlan): FallbackRule {
  const runner = new PartitionRunner(plan, { mode: 'exact' })
  return (batch) => {
    const rows: BooleanColumn[] = []
    if (batch.rows > 0) runner.push(stampless(batch))
    for (const output of runner.drainOutputs()) rows.push(columnOf(output, DECISION) as BooleanColumn)
    return joined(rows, batch.rows)
  }
}

function joined(parts: readonly BooleanColumn[], rows: number): BooleanColumn {
  if (parts.length === 1) return parts[0]
  const values = new Uint8Array(rows)
  const nulls = new Uint8Array(rows)
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    if (part.nulls !== null) nulls.set(part.nulls, at)
    at += part.values.length
  }
  return { kind: 'boolean', values, nulls }
}
