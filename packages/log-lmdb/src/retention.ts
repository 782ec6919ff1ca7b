import { consumerOfKey, consumersOf, entriesFrom, entryKey, entryPlaceOf, partitionKey, positionKey } from './key.ts'
import { type PartitionRecord, packPartition, unpackPartition, unpackPosition } from './record.ts'
import type { Tree } from './tree.ts'

/** Entries that one transaction drops: the write lock is held a few milliseconds. */
export const DROP_ENTRIES_MAX = 64
const CONSUMERS_MAX = 10_000

export interface PartitionPlace {
  readonly topicId: number
  readonly partition: number
}

export function partitionRecord(tree: Tree, place: PartitionPlace): PartitionRecord {
  return unpackPartition(tree.get(partitionKey(place.topicId, place.partition)))
}

export function consumersIn(tree: Tree, topicId: number): string[] {
  return tree.keys(consumersOf(topicId), { limit: CONSUMERS_MAX }).map(consumerOfKey)
}

export function positionIn(tree: Tree, consumer: string, place: PartitionPlace): number | undefined {
  const bytes = tree.get(positionKey(consumer, place.topicId, place.partition))
  return bytes === undefined ? undefined : unpackPosition(bytes)
}

/** Within a write transaction: drops up to DROP_ENTRIES_MAX entries that lie wholly below `before` and that every registered consumer has passed. */
export function dropEntries(tree: Tree, place: PartitionPlace, before: number): number {
  const { topicId, partition } = place
  const limit = Math.min(before, neededFrom(tree, place))
  const record = partitionRecord(tree, place)
  const keys = tree.keys(entriesFrom(topicId, partition, record.first), { limit: DROP_ENTRIES_MAX })
  const dropped = keys.map(entryPlaceOf).filter((entry) => entry.offset + entry.span <= limit)
  if (dropped.length === 0) return 0
  let { first, bytes } = record
  for (const entry of dropped) {
    tree.remove(entryKey(topicId, partition, entry))
    bytes -= entry.size
    first = entry.offset + entry.span
  }
  tree.put(partitionKey(topicId, partition), packPartition({ first, next: record.next, bytes }))
  return dropped.length
}

/** Within a write transaction: a commit of its own after a drop, because LMDB uses freed pages again from the second commit on, and a full disk would not allow the first. */
export function releasePages(tree: Tree, place: PartitionPlace): void {
  tree.put(partitionKey(place.topicId, place.partition), packPartition(partitionRecord(tree, place)))
}

/** The least offset that a registered consumer has not passed; infinity without consumers, 0 while one has no position. */
function neededFrom(tree: Tree, place: PartitionPlace): number {
  const needed = consumersIn(tree, place.topicId).map((consumer) => positionIn(tree, consumer, place) ?? 0)
  return Math.min(...needed, Infinity)
}
