import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { checkLength, isRevised, LENGTH_MS_MIN, refuseUpsert, TIMED } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import { clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { IntervalJoinNode, JoinNode, LookupJoinNode } from './node/join-node.ts'

interface Sides {
  readonly left: CheckedNode
  readonly right: CheckedNode
}

/**
 * Left's columns, then right's, which a left join may leave null. Rows lie where left's lay; only those of a lookup still have their stamp.
 */
export function checkJoin(node: JoinNode, sides: Sides): CheckedNode {
  const { left, right } = sides
  const where = `join \`${node.id}\``
  if (node.type === 'interval') checkBounds(node, where)
  if (node.type === 'as-of') checkLength({ name: 'max_age_ms', value: node.max_age_ms, least: 0 }, where)
  checkKeyed(node)
  refuseUpsert(left, where)
  if (node.type !== 'lookup') refuseUpsert(right, where)
  for (const pair of node.on) checkPair(pair, sides, where)
  if (node.type === 'lookup') checkLookup(node, sides)
  checkPartitions(node, sides)
  return {
    ...left,
    ...(node.type === 'lookup' ? {} : TIMED),
    ...(node.type === 'interval' ? intervalRows(node, left) : {}),
    node,
    inputs: [node.left, node.right],
    fields: joinedFields(node, sides),
    partitions: typeof right.partitions === 'number' ? right.partitions : left.partitions,
    upsert: node.type !== 'lookup' && isRevised(left, right),
    upsertKeys: undefined,
  }
}

/**
 * The event time of a pair is the greater of the two. Where right's never comes after left's it is left's, and a pair is there when
 * left's window has closed. A row may be in many pairs, so pairs have no arrival.
 */
function intervalRows(node: IntervalJoinNode, left: CheckedNode): Pick<CheckedNode, 'tie' | 'eventTime' | 'window'> {
  const timeIsLefts = node.upper_ms <= 0
  return {
    tie: { arrival: 'never', positions: 1 },
    eventTime: timeIsLefts ? left.eventTime : undefined,
    window: timeIsLefts ? left.window : undefined,
  }
}

/** A lookup goes by arrival, so nothing before it may wait for a watermark; right has one current row per key. */
function checkLookup(node: LookupJoinNode, { left, right }: Sides): void {
  const waiting = [left, right].find((side) => !side.immediate)
  if (waiting !== undefined) {
    throw userError(
      'plan/lookup-time',
      `Join \`${node.id}\` looks rows up as they arrive, but those of \`${waiting.node.id}\` come out when a watermark has passed.`,
      { asked: node.type, found: waiting.node.id, do: 'Use an as-of join, or look up before windows, joins and `dedupe`.' },
    )
  }
  const keys = right.upsertKeys
  const on = node.on.map(([, name]) => name)
  if (!right.upsert || keys?.every((key) => on.includes(key))) return
  throw userError(
    'plan/lookup-keys',
    `Join \`${node.id}\` looks up by ${on.join(', ')}, but \`${right.node.id}\` has a current row per ${keys?.join(', ') ?? 'other keys'}.`,
    {
      asked: on,
      found: keys ?? [],
      do: 'Join on the keys of the right side.',
    },
  )
}

function joinedFields(node: JoinNode, { left, right }: Sides): readonly Field[] {
  const names = new Set(left.fields.map((field) => field.name))
  const added = right.fields.map((field): Field => {
    if (names.has(field.name)) throw clash(field.name, `join \`${node.id}\``)
    return node.how === 'left' ? { ...field, nullable: true } : field
  })
  return [...left.fields, ...added]
}

/** Without a key every row would meet every other in reach; only one distance of time is a key by itself. */
function checkKeyed(node: JoinNode): void {
  if (node.on.length > 0 || (node.type === 'interval' && node.lower_ms === node.upper_ms)) return
  throw userError(
    'plan/join-without-key',
    `Join \`${node.id}\` names no columns that must be equal, so every row would meet every other.`,
    {
      asked: node.on,
      do: 'Name the columns in `on`, or join rows of one distance (`lower_ms` = `upper_ms`) by time alone.',
    },
  )
}

function checkBounds({ id, lower_ms: lower, upper_ms: upper }: IntervalJoinNode, where: string): void {
  checkLength({ name: 'lower_ms', value: lower, least: LENGTH_MS_MIN }, where)
  checkLength({ name: 'upper_ms', value: upper, least: LENGTH_MS_MIN }, where)
  if (lower <= upper) return
  throw userError('plan/join-bounds', `Join \`${id}\` asks for right rows from ${lower} ms to ${upper} ms after the left one.`, {
    asked: [lower, upper],
    do: 'Let `lower_ms` be at most `upper_ms`.',
  })
}

function checkPair([leftName, rightName]: readonly [string, string], sides: Sides, where: string): void {
  const left = keyField(leftName, { fields: sides.left.fields, where })
  const right = keyField(rightName, { fields: sides.right.fields, where })
  if (comparable(left.type) === comparable(right.type)) return
  throw userError('plan/argument-type', `The ${where} compares \`${leftName}\`, ${left.type}, with \`${rightName}\`, ${right.type}.`, {
    asked: [leftName, rightName],
    found: [left.type, right.type],
    do: 'Join on columns of one type.',
  })
}

function comparable(type: string): string {
  return type === 'int32' ? 'int64' : type
}

/** Refuses what is known to differ; a number beside a source's, or two sources' beside each other, the engine compares. */
function checkPartitions(node: JoinNode, { left, right }: Sides): void {
  if (typeof left.partitions !== 'number' || typeof right.partitions !== 'number' || left.partitions === right.partitions) return
  throw userError(
    'plan/partition-counts',
    `Join \`${node.id}\` finds its left rows in ${left.partitions} partitions and its right rows in ${right.partitions}.`,
    { asked: left.partitions, found: right.partitions, do: 'Give both exchanges the same `partitions`.' },
  )
}
