import type { Field } from '@millrace/columnar'
import { type Aggregate, type CheckedPlan, checkPlan, type Expr, type PlanNode, type SourceField, type Window } from '@millrace/core'

export const FLOOR = -62_135_596_800_000

export function col(name: string): Expr {
  return { col: name }
}

export function lit(text: string | null, type: string): Expr {
  return { lit: text, type }
}

export function fn(name: string, ...args: Expr[]): Expr {
  return { fn: name, args }
}

const FIELDS: readonly SourceField[] = [
  { name: 'ts1', type: 'timestamp' },
  { name: 'key1', type: 'string', nullable: true },
  { name: 'big1', type: 'int64', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
  { name: 'txt1', type: 'string', nullable: true },
]

/** A checked plan over one source `events`; `nodes` follow the scan `n1`. */
export function planOf(
  nodes: readonly PlanNode[],
  options: { readonly fields?: readonly SourceField[]; readonly late?: 'keep' | 'drop' } = {},
): CheckedPlan {
  return checkPlan({
    millrace_plan: 1,
    sources: [
      {
        name: 'events',
        event_time: 'ts1',
        key: ['key1'],
        watermark_delay_ms: 0,
        late: options.late ?? 'keep',
        fields: options.fields ?? FIELDS,
      },
    ],
    nodes: [{ id: 'n1', kind: 'scan', source: 'events' }, ...nodes],
    output: nodes.at(-1)?.id ?? 'n1',
  })
}

export function windowNode(window: Window, aggregates: readonly Aggregate[], input = 'n1'): PlanNode {
  return { id: 'w', kind: 'window-aggregate', input, keys: ['key1'], window, aggregates }
}

export function fieldNames(fields: readonly Field[]): string[] {
  return fields.map((field) => field.name)
}
