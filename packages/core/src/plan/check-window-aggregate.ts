import type { Field } from '@millrace/columnar'
import { checkAggregates } from './check-aggregate.ts'
import { isRevised, refuseUpsert, UNSTAMPED } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import { clash } from './check-source.ts'
import { checkWindow } from './check-window.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { EarlyResults, WindowAggregateNode } from './node/window-aggregate-node.ts'

const WINDOW_COLUMNS: readonly Field[] = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
]

export function checkWindowAggregate(node: WindowAggregateNode, input: CheckedNode): CheckedNode {
  const where = `window-aggregate \`${node.id}\``
  checkWindow(node.window, where)
  const keys = node.keys.map((key) => keyField(key, { fields: input.fields, where }))
  const windowed = node.window.kind !== 'all'
  if (windowed) refuseUpsert(input, where)
  const names = new Set(WINDOW_COLUMNS.map((field) => field.name))
  for (const field of keys) addName(names, field.name, where)
  const aggregates = checkAggregates(node.aggregates, { fields: input.fields, where, taken: [...names] })
  return {
    node,
    inputs: [node.input],
    fields: [...(windowed ? WINDOW_COLUMNS : []), ...keys, ...aggregates],
    ...UNSTAMPED,
    immediate: !windowed && input.immediate,
    tie: { arrival: 'never', positions: 1 },
    eventTime: undefined,
    partitionedBy: input.partitionedBy,
    partitions: input.partitions,
    upsert: !windowed || isRevised(input) || (node.window as EarlyResults).early_ms !== undefined,
    upsertKeys: [...(windowed ? WINDOW_COLUMNS.map((field) => field.name) : []), ...node.keys],
    window: windowed ? { start: 'window_start', end: 'window_end' } : undefined,
  }
}

function addName(names: Set<string>, name: string, where: string): void {
  if (names.has(name)) throw clash(name, where)
  names.add(name)
}
