import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { AGGREGATES } from '../expr/aggregate-table.ts'
import { typeOf } from '../expr/check-expr.ts'
import { closest } from '../expr/closest.ts'
import { keyField } from './check-key.ts'
import { checkName, clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { Aggregate, Window, WindowAggregateNode } from './node/window-aggregate-node.ts'

const WINDOW_COLUMNS: readonly Field[] = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
]

/** Most aggregates of one node. */
const AGGREGATES_MAX = 1_000

export function checkWindowAggregate(node: WindowAggregateNode, input: CheckedNode): CheckedNode {
  const where = `window-aggregate \`${node.id}\``
  checkWindow(node.window, where)
  if (node.aggregates.length > AGGREGATES_MAX)
    throw userError('plan/too-large', `The ${where} has ${node.aggregates.length} aggregates; at most ${AGGREGATES_MAX} are allowed.`)
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
  const aggregates = node.aggregates.map((aggregate): Field => {
    checkName(aggregate.name, where)
    addName(names, aggregate.name, where)
    return { name: aggregate.name, ...aggregateType(aggregate, { input, where }) }
  })
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

function aggregateType(
  aggregate: Aggregate,
  scope: { readonly input: CheckedNode; readonly where: string },
): { type: string; nullable: boolean } {
  const where = `aggregate \`${aggregate.name}\` of ${scope.where}`
  const spec = AGGREGATES.get(aggregate.fn)
  if (spec === undefined) {
    const found = [...AGGREGATES.keys()]
    const near = closest(aggregate.fn, found)
    throw userError(
      'plan/unknown-aggregate',
      `\`${aggregate.fn}\` of ${where} is no aggregate${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      { asked: aggregate.fn, found, do: 'Use one of the aggregates found.' },
    )
  }
  if (aggregate.where !== undefined) {
    const { type } = typeOf(aggregate.where, scope.input.fields, `condition of ${where}`)
    if (type !== 'boolean')
      throw userError('plan/argument-type', `The condition of ${where} is ${type}; it must be boolean.`, {
        asked: type,
        found: 'boolean',
        do: 'Give a condition.',
      })
  }
  const args = (aggregate.args ?? []).map((arg) => typeOf(arg, scope.input.fields, where))
  if (args.length < spec.arity[0] || args.length > spec.arity[1]) {
    throw userError('plan/argument-count', `\`${aggregate.fn}\` of ${where} has ${args.length} arguments; its form is ${spec.signature}.`, {
      asked: args.length,
      found: spec.signature,
      do: 'Give the arguments its form names.',
    })
  }
  checkMax(aggregate, where)
  const result = spec.check(args)
  if (typeof result !== 'string') return result
  throw userError(
    'plan/argument-type',
    `\`${aggregate.fn}\` of ${where} takes ${result}; it was given ${args.map((arg) => arg.type).join(', ')}.`,
    {
      asked: args.map((arg) => arg.type),
      found: spec.signature,
      do: `Give ${result}.`,
    },
  )
}

function checkMax(aggregate: Aggregate, where: string): void {
  if (aggregate.fn !== 'count_distinct' || aggregate.max === undefined || aggregate.max >= 1) return
  throw userError('plan/bad-max', `The ${where} counts distinct values with max ${aggregate.max}.`, {
    asked: aggregate.max,
    do: 'Give a `max` of at least 1, or leave it out to count without a limit.',
  })
}
