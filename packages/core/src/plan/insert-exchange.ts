import type { CheckedNode } from './checked-plan.ts'
import type { ExchangeNode } from './node/exchange-node.ts'
import type { JoinNode } from './node/join-node.ts'
import type { PlanNode } from './plan.ts'

/** A node as it is to be checked, and the exchanges in front of it that the plan does not name. */
export interface Partitioned {
  readonly node: PlanNode
  readonly added: readonly ExchangeNode[]
}

/**
 * Rows of a key must meet in one partition: where a node groups or joins by other columns than its records lie by, they go through an
 * exchange by its keys. What is wrong with the keys themselves is left to the node's own check.
 */
export function insertExchanges(node: PlanNode, byId: ReadonlyMap<string, CheckedNode>): Partitioned {
  if (node.kind === 'join') return exchangesOfJoin(node, byId)
  const keys = keysOf(node)
  if (keys === undefined || !('input' in node)) return { node, added: [] }
  const input = byId.get(node.input) as CheckedNode
  if (lieBy(input, keys) || !canKey(input, keys)) return { node, added: [] }
  const exchange = newExchange({ by: node.id, input: node.input, keys }, byId)
  return { node: { ...node, input: exchange.id } as PlanNode, added: [exchange] }
}

function keysOf(node: PlanNode): readonly string[] | undefined {
  switch (node.kind) {
    case 'window-aggregate':
    case 'over-aggregate':
    case 'dedupe':
    case 'latest':
      return node.keys
    case 'top-n':
      return node.per
    default:
      return undefined
  }
}

/** Whether rows with equal keys lie in one partition. */
function lieBy({ partitionedBy }: CheckedNode, keys: readonly string[]): boolean {
  return partitionedBy?.every((key) => keys.includes(key)) === true
}

function canKey({ fields }: CheckedNode, keys: readonly string[]): boolean {
  return keys.every((key) => fields.some(({ name, type }) => name === key && type !== 'double' && type !== 'json'))
}

/** Both sides must lie by the same pairs of `on`. A side that lies by some of them draws the other after it. */
function exchangesOfJoin(node: JoinNode, byId: ReadonlyMap<string, CheckedNode>): Partitioned {
  const left = byId.get(node.left) as CheckedNode
  const right = byId.get(node.right) as CheckedNode
  const [lefts, rights] = [node.on.map(([name]) => name), node.on.map(([, name]) => name)]
  if (lieTogether(node, left, right) || !canKey(left, lefts) || !canKey(right, rights)) return { node, added: [] }
  const ofRight = partners(left.partitionedBy, lefts, rights)
  const ofLeft = partners(right.partitionedBy, rights, lefts)
  if (ofRight !== undefined) return withSides(node, byId, { right: { keys: ofRight, partitions: numberOf(left) } })
  if (ofLeft !== undefined) return withSides(node, byId, { left: { keys: ofLeft, partitions: numberOf(right) } })
  return withSides(node, byId, { left: { keys: lefts }, right: { keys: rights } })
}

function lieTogether({ on }: JoinNode, { partitionedBy: byLeft }: CheckedNode, { partitionedBy: byRight }: CheckedNode): boolean {
  if (byLeft === undefined || byRight?.length !== byLeft.length) return false
  return byLeft.every((name, i) => on.some(([left, right]) => left === name && right === byRight[i]))
}

/** The columns that must equal those that a side lies by; undefined where one of these is no key of the join, or there are none. */
function partners(by: readonly string[] | undefined, mine: readonly string[], others: readonly string[]): readonly string[] | undefined {
  if (by === undefined || by.length === 0 || !by.every((name) => mine.includes(name))) return undefined
  return by.map((name) => others[mine.indexOf(name)])
}

function numberOf({ partitions }: CheckedNode): number | undefined {
  return typeof partitions === 'number' ? partitions : undefined
}

interface SideExchange {
  readonly keys: readonly string[]
  readonly partitions?: number
}

function withSides(
  node: JoinNode,
  byId: ReadonlyMap<string, CheckedNode>,
  sides: { readonly left?: SideExchange; readonly right?: SideExchange },
): Partitioned {
  const exchanges = (['left', 'right'] as const).flatMap((side) => {
    const asked = sides[side]
    return asked === undefined ? [] : [{ side, exchange: newExchange({ by: `${node.id} ${side}`, input: node[side], ...asked }, byId) }]
  })
  const instead = Object.fromEntries(exchanges.map(({ side, exchange }) => [side, exchange.id]))
  return { node: { ...node, ...instead }, added: exchanges.map(({ exchange }) => exchange) }
}

/** An exchange whose id no node of the plan has. */
function newExchange(
  { by, input, keys, partitions }: SideExchange & { readonly by: string; readonly input: string },
  byId: ReadonlyMap<string, CheckedNode>,
): ExchangeNode {
  let id = `exchange for ${by}`
  while (byId.has(id)) id += "'"
  return { id, kind: 'exchange', input, keys, ...(partitions === undefined ? {} : { partitions }) }
}
