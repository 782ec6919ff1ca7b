import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { typeOf } from '../expr/check-expr.ts'
import { closest } from '../expr/closest.ts'
import { checkDedupe } from './check-dedupe.ts'
import { checkJoin } from './check-join.ts'
import { keyField } from './check-key.ts'
import { checkLatest } from './check-latest.ts'
import { checkMap } from './check-map.ts'
import { checkOverAggregate } from './check-over-aggregate.ts'
import { checkScore } from './check-score.ts'
import { checkName, clash } from './check-source.ts'
import { checkTopN } from './check-top-n.ts'
import { checkUnion } from './check-union.ts'
import { checkWindowAggregate } from './check-window-aggregate.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { ExchangeNode } from './node/exchange-node.ts'
import type { FilterNode } from './node/filter-node.ts'
import type { ProjectNode } from './node/project-node.ts'
import type { ScanNode } from './node/scan-node.ts'
import type { PlanNode, PlanSource } from './plan.ts'

interface Known {
  readonly sources: ReadonlyMap<string, PlanSource>
  readonly byId: ReadonlyMap<string, CheckedNode>
}

/** Types one node whose inputs are already checked. */
export function checkNode(node: PlanNode, known: Known): CheckedNode {
  if (node.kind === 'scan') return checkScan(node, known)
  if (node.kind === 'join') {
    return checkJoin(node, { left: known.byId.get(node.left) as CheckedNode, right: known.byId.get(node.right) as CheckedNode })
  }
  if (node.kind === 'union')
    return checkUnion(
      node,
      node.inputs.map((id) => known.byId.get(id) as CheckedNode),
    )
  const input = known.byId.get(node.input) as CheckedNode
  switch (node.kind) {
    case 'filter':
      return checkFilter(node, input)
    case 'project':
      return checkProject(node, input)
    case 'exchange':
      return checkExchange(node, input)
    case 'window-aggregate':
      return checkWindowAggregate(node, input)
    case 'over-aggregate':
      return checkOverAggregate(node, input)
    case 'dedupe':
      return checkDedupe(node, input)
    case 'latest':
      return checkLatest(node, input)
    case 'top-n':
      return checkTopN(node, input)
    case 'map':
      return checkMap(node, input)
    case 'score':
      return checkScore(node, input)
    case 'sink':
      return { ...input, node, inputs: [node.input] }
  }
}

function checkScan(node: ScanNode, known: Known): CheckedNode {
  const source = known.sources.get(node.source)
  if (source === undefined) {
    const found = [...known.sources.keys()]
    throw userError('plan/unknown-source', `Node \`${node.id}\` scans \`${node.source}\`, which is no source of the plan.`, {
      asked: node.source,
      found,
      do: closest(node.source, found) ?? 'Name one of the sources found.',
    })
  }
  const fields = source.fields.map((field): Field => ({ name: field.name, type: field.type, nullable: field.nullable === true }))
  const partitionedBy = source.key ?? []
  return {
    node,
    inputs: [],
    fields,
    stamped: true,
    eventTime: source.event_time,
    source,
    origins: [source],
    immediate: true,
    tie: { arrival: 'always', positions: 1 },
    partitionedBy,
    partitions: partitionedBy.length === 0 ? 1 : { asSource: source.name },
    upsert: false,
    upsertKeys: undefined,
    window: undefined,
  }
}

function checkFilter(node: FilterNode, input: CheckedNode): CheckedNode {
  const { type } = typeOf(node.where, input.fields, `filter \`${node.id}\``)
  if (type !== 'boolean') {
    throw userError('plan/argument-type', `The condition of filter \`${node.id}\` is ${type}; it must be boolean.`, {
      asked: type,
      found: 'boolean',
      do: 'Give a condition.',
    })
  }
  return { ...input, node, inputs: [node.input] }
}

function checkProject(node: ProjectNode, input: CheckedNode): CheckedNode {
  const where = `project \`${node.id}\``
  const names = new Set<string>()
  const fields = node.columns.map((column): Field => {
    checkName(column.name, where)
    if (names.has(column.name)) throw clash(column.name, where)
    names.add(column.name)
    return { name: column.name, ...typeOf(column.expr, input.fields, `column \`${column.name}\` of ${where}`) }
  })
  return {
    ...input,
    node,
    inputs: [node.input],
    fields,
    eventTime: eventTimeAfter(node, { input, fields }),
    partitionedBy: renamed(input.partitionedBy, node),
    upsertKeys: renamed(input.upsertKeys, node),
    window: windowAfter(node, input),
  }
}

/** What the columns are called after the project; undefined when it drops one. */
function renamed(names: readonly string[] | undefined, node: ProjectNode): readonly string[] | undefined {
  const found = names?.map((name) => node.columns.find((column) => 'col' in column.expr && column.expr.col === name)?.name)
  return found?.every((name) => name !== undefined) ? (found as string[]) : undefined
}

function windowAfter(node: ProjectNode, { window }: CheckedNode): CheckedNode['window'] {
  const found = window === undefined ? undefined : renamed([window.start, window.end], node)
  return found === undefined ? undefined : { start: found[0], end: found[1] }
}

function eventTimeAfter(node: ProjectNode, scope: { readonly input: CheckedNode; readonly fields: readonly Field[] }): string | undefined {
  const marked = node.columns.filter((column) => column.event_time === true)
  if (marked.length === 0) {
    return node.columns.find((column) => 'col' in column.expr && column.expr.col === scope.input.eventTime)?.name
  }
  const [column] = marked
  const field = scope.fields.find((candidate) => candidate.name === column.name) as Field
  if (marked.length === 1 && 'col' in column.expr && field.type === 'timestamp' && !field.nullable) return column.name
  throw userError(
    'plan/event-time',
    `Project \`${node.id}\` marks \`${marked.map((one) => one.name).join(', ')}\` as event time; that must be one bare column, a timestamp that is never null.`,
    {
      asked: marked.map((one) => one.name),
      found: field.type,
      do: 'Mark one bare timestamp column that is never null.',
    },
  )
}

/** Most partitions that an exchange may ask for. */
const PARTITIONS_MAX = 1_024

/** Without keys all rows meet in one partition, whatever `partitions` says. */
function checkExchange(node: ExchangeNode, input: CheckedNode): CheckedNode {
  for (const key of node.keys) keyField(key, { fields: input.fields, where: `exchange \`${node.id}\`` })
  const { partitions = input.partitions } = node
  if (typeof partitions === 'number' && (partitions < 1 || partitions > PARTITIONS_MAX)) {
    throw userError('plan/bad-partitions', `Exchange \`${node.id}\` asks for ${partitions} partitions.`, {
      asked: partitions,
      found: [1, PARTITIONS_MAX],
      do: `Give 1 to ${PARTITIONS_MAX}, or leave \`partitions\` out to keep the input's number.`,
    })
  }
  return { ...input, node, inputs: [node.input], partitionedBy: node.keys, partitions: node.keys.length === 0 ? 1 : partitions }
}
