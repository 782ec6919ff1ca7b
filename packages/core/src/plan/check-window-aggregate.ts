import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { checkAggregates } from './check-aggregate.ts'
import { keyField } from './check-key.ts'
import { clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { Window, WindowAggregateNode } from './node/window-aggregate-node.ts'

const WINDOW_COLUMNS: readonly Field[] = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
]

export function checkWindowAggregate(node: WindowAggregateNode, input: CheckedNode): CheckedNode {
  const where = `window-aggregate \`${node.id}\``
  checkWindow(node.window, where)
  const keys = node.keys.map((key) => keyField(key, { fields: input.fields, where }))
  const windowed = node.window.kind !== 'all'
  if (windowed && input.upsert) {
    throw userError(
      'plan/time-over-upsert',
      `The ${where} reads rows that are corrected as more comes in: an aggregate over everything stands before it.`,
      {
        asked: node.window.kind,
        found: node.input,
        do: 'Put the window before the aggregate over everything, or use the window kind `all`.',
      },
    )
  }
  const names = new Set(WINDOW_COLUMNS.map((field) => field.name))
  for (const field of keys) addName(names, field.name, where)
  checkPartitioning(node, input)
  const aggregates = checkAggregates(node.aggregates, { fields: input.fields, where, taken: [...names] })
  return {
    node,
    inputs: [node.input],
    fields: [...(windowed ? WINDOW_COLUMNS : []), ...keys, ...aggregates],
    stamped: false,
    eventTime: undefined,
    source: undefined,
    partitionedBy: input.partitionedBy,
    partitions: input.partitions,
    upsert: !windowed,
  }
}

function addName(names: Set<string>, name: string, where: string): void {
  if (names.has(name)) throw clash(name, where)
  names.add(name)
}

function checkWindow(window: Window, where: string): void {
  if (window.kind === 'all') return
  const refuse = (code: string, message: string, asked: unknown, action: string): Error =>
    userError(code, `The window of ${where} ${message}.`, { asked, found: window, do: action })
  if (window.size_ms <= 0) throw refuse('plan/window-size', `has a size of ${window.size_ms} ms`, window.size_ms, 'Give a size above 0.')
  if (window.kind === 'tumbling') return
  if (window.every_ms <= 0) throw refuse('plan/window-size', `has a step of ${window.every_ms} ms`, window.every_ms, 'Give a step above 0.')
  if (window.size_ms % window.every_ms !== 0) {
    throw refuse(
      'plan/not-divisible',
      `has a size of ${window.size_ms} ms, which its step of ${window.every_ms} ms does not divide`,
      [window.size_ms, window.every_ms],
      'Choose a step that divides the size.',
    )
  }
}

/** A key lives in one log partition only when the node's keys hold the columns that choose the partition. */
function checkPartitioning(node: WindowAggregateNode, input: CheckedNode): void {
  const by = input.partitionedBy
  if (by?.every((key) => node.keys.includes(key))) return
  const found = by === undefined ? 'a key that a project dropped' : by.join(', ')
  throw userError(
    'plan/needs-exchange',
    `window-aggregate \`${node.id}\` groups by ${node.keys.join(', ') || 'nothing'}, but its records are partitioned by ${found}.`,
    {
      asked: node.keys,
      found: by ?? [],
      do: 'Add the partition key to the keys, or put an exchange on the keys in front.',
    },
  )
}
