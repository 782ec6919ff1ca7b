import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { keyField } from './check-key.ts'
import { clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { JoinNode } from './node/join-node.ts'

interface Sides {
  readonly left: CheckedNode
  readonly right: CheckedNode
}

/**
 * Left's columns, then right's, which a left join may leave null. Rows have no stamp any more; they lie where left's lay.
 * Their event time is the greater of the two, which is left's where right's never comes after it.
 */
export function checkJoin(node: JoinNode, sides: Sides): CheckedNode {
  const { left, right } = sides
  checkBounds(node)
  checkUpsert(node, sides)
  for (const pair of node.on) checkPair(pair, sides, `join \`${node.id}\``)
  checkPartitioning(node, sides)
  checkPartitions(node, sides)
  return {
    node,
    inputs: [node.left, node.right],
    fields: joinedFields(node, sides),
    stamped: false,
    eventTime: node.upper_ms <= 0 ? left.eventTime : undefined,
    source: undefined,
    partitionedBy: left.partitionedBy,
    partitions: typeof right.partitions === 'number' ? right.partitions : left.partitions,
    upsert: false,
  }
}

function joinedFields(node: JoinNode, { left, right }: Sides): readonly Field[] {
  const names = new Set(left.fields.map((field) => field.name))
  const added = right.fields.map((field): Field => {
    if (names.has(field.name)) throw clash(field.name, `join \`${node.id}\``)
    return node.how === 'left' ? { ...field, nullable: true } : field
  })
  return [...left.fields, ...added]
}

function checkBounds({ id, lower_ms: lower, upper_ms: upper }: JoinNode): void {
  if (lower <= upper) return
  throw userError('plan/join-bounds', `Join \`${id}\` asks for right rows from ${lower} ms to ${upper} ms after the left one.`, {
    asked: [lower, upper],
    do: 'Let `lower_ms` be at most `upper_ms`.',
  })
}

function checkUpsert(node: JoinNode, { left, right }: Sides): void {
  const upsert = [left, right].find((side) => side.upsert)
  if (upsert === undefined) return
  throw userError(
    'plan/time-over-upsert',
    `Join \`${node.id}\` reads rows that are corrected as more comes in: an aggregate over everything stands before it.`,
    { asked: node.type, found: upsert.node.id, do: 'Give the aggregate before the join a window.' },
  )
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

/** Two rows that join must lie in one partition: both sides are partitioned by the same pairs of `on`, or neither at all. */
function checkPartitioning(node: JoinNode, { left, right }: Sides): void {
  const byLeft = left.partitionedBy
  const byRight = right.partitionedBy
  if (byLeft !== undefined && byRight?.length === byLeft.length && byLeft.every((name, i) => pairs(node, name, byRight[i]))) return
  const on = node.on.map(([a, b]) => `\`${a}\` = \`${b}\``).join(', ') || 'time alone'
  throw userError(
    'plan/needs-exchange',
    `Join \`${node.id}\` joins on ${on}, but its left rows are ${partitionText(byLeft)} and its right rows ${partitionText(byRight)}.`,
    { asked: node.on, found: [byLeft ?? null, byRight ?? null], do: missingExchange(node, { left, right }) },
  )
}

function pairs(node: JoinNode, leftName: string, rightName: string): boolean {
  return node.on.some(([left, right]) => left === leftName && right === rightName)
}

function partitionText(by: readonly string[] | undefined): string {
  if (by === undefined) return 'partitioned by a key that a project dropped'
  return by.length === 0 ? 'in one partition' : `partitioned by ${by.join(', ')}`
}

function missingExchange(node: JoinNode, { left, right }: Sides): string {
  const partnersOf = (side: CheckedNode, from: 0 | 1): readonly string[] | undefined => {
    const partners = (side.partitionedBy ?? []).map((name) => node.on.find((pair) => pair[from] === name)?.[1 - from])
    return partners.length > 0 && partners.every((name) => name !== undefined) ? (partners as string[]) : undefined
  }
  const ofRight = partnersOf(left, 0)
  if (ofRight !== undefined) return `Put an exchange on ${exchangeText(ofRight)} between \`${node.right}\` and the join.`
  const ofLeft = partnersOf(right, 1)
  if (ofLeft !== undefined) return `Put an exchange on ${exchangeText(ofLeft)} between \`${node.left}\` and the join.`
  const [lefts, rights] = [node.on.map(([name]) => name), node.on.map(([, name]) => name)]
  return `Put exchanges on ${exchangeText(lefts)} behind \`${node.left}\` and on ${exchangeText(rights)} behind \`${node.right}\`.`
}

function exchangeText(names: readonly string[]): string {
  return names.length === 0 ? 'no keys' : names.map((name) => `\`${name}\``).join(', ')
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
