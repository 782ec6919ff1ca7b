import type { CheckedNode } from '../plan/checked-plan.ts'
import type { NodeList } from './node-list.ts'

/** Partitions behind an exchange whose input has others than the rows that they must meet. */
const PARTITIONS_DEFAULT = 4

/** Brings rows with equal keys together: puts an exchange behind the node where its rows do not lie by some of the keys. */
export function addExchange(input: string, keys: readonly string[], nodes: NodeList): string {
  if (nodes.checked(input).partitionedBy?.every((key) => keys.includes(key))) return input
  return nodes.add({ kind: 'exchange', input, keys })
}

/** Two inputs and the pairs of their columns by which they meet. */
interface Meeting {
  readonly left: string
  readonly right: string
  readonly on: readonly (readonly [string, string])[]
}

interface Sides {
  readonly left: string
  readonly right: string
}

/** Puts exchanges so that rows with equal pairs lie in one partition: none where they do, one where a side lies well already, else two. */
export function addMeeting({ left, right, on }: Meeting, nodes: NodeList): Sides {
  const [leftNames, rightNames] = [on.map(([name]) => name), on.map(([, name]) => name)]
  const lies = { left: nodes.checked(left), right: nodes.checked(right) }
  const forRight = partners(lies.left, leftNames, rightNames)
  const meet = sameNames(forRight, lies.right.partitionedBy) && isOneCount(lies.left, lies.right)
  if (meet) return { left, right }
  const movedRight = moved(right, { keys: forRight, beside: lies.left, on }, nodes)
  if (movedRight !== undefined) return { left, right: movedRight }
  const movedLeft = moved(left, { keys: partners(lies.right, rightNames, leftNames), beside: lies.right, on }, nodes)
  if (movedLeft !== undefined) return { left: movedLeft, right }
  const partitions = on.length === 0 ? 1 : PARTITIONS_DEFAULT
  return {
    left: nodes.add({ kind: 'exchange', input: left, keys: leftNames, partitions }),
    right: nodes.add({ kind: 'exchange', input: right, keys: rightNames, partitions }),
  }
}

interface Target {
  readonly keys: readonly string[] | undefined
  readonly beside: CheckedNode
  readonly on: Meeting['on']
}

/** The node behind an exchange to where the other side lies; undefined where that is no place to meet, or its number of partitions is not known here. */
function moved(input: string, { keys, beside, on }: Target, nodes: NodeList): string | undefined {
  if (keys === undefined || (keys.length === 0 && on.length > 0)) return undefined
  if (typeof beside.partitions === 'number') return nodes.add({ kind: 'exchange', input, keys, partitions: beside.partitions })
  return isOneCount(nodes.checked(input), beside) ? nodes.add({ kind: 'exchange', input, keys }) : undefined
}

/** What the other side's columns are called by which a side's rows lie; undefined where they do not lie by pairs alone. */
function partners(side: CheckedNode, own: readonly string[], others: readonly string[]): readonly string[] | undefined {
  const found = side.partitionedBy?.map((name) => others[own.indexOf(name)])
  return found?.every((name) => name !== undefined) ? found : undefined
}

/** Whether both lie in as many partitions: sources with a key have the project's number. */
function isOneCount(a: CheckedNode, b: CheckedNode): boolean {
  const count = ({ partitions }: CheckedNode): number | undefined => (typeof partitions === 'number' ? partitions : undefined)
  return count(a) === count(b)
}

function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((name, i) => name === b[i])
}
