import { batchHeader, decodeBatch, rowsOf } from '@millrace/columnar'
import { statePrefix } from './stream-job.ts'

/** What a view keeps in one partition. */
export interface StateView {
  readonly partition: number
  readonly tiles: number
  /** Pairs of key and tile. */
  readonly groups: number
  readonly groupsPerTileMax: number
  readonly keys: number
  readonly tilesPerKeyMax: number
  /** Distinct values kept, over all tiles and aggregates. */
  readonly distinctEntries: number
  readonly pages: number
  readonly bytes: number
}

/** Looks at the durable state of a view, partition by partition, without running it. */
export function stateView(
  log: { entries(prefix: string): Iterable<{ readonly key: string; readonly value: Uint8Array }> },
  asset: string,
  partitions: number,
): StateView[] {
  return Array.from({ length: partitions }, (_, partition) => viewOf(log.entries(statePrefix(asset, partition)), { asset, partition }))
}

function viewOf(
  entries: Iterable<{ readonly key: string; readonly value: Uint8Array }>,
  of: { asset: string; partition: number },
): StateView {
  const prefix = statePrefix(of.asset, of.partition)
  const groupsOfTile = new Map<string, number>()
  const tilesOfKey = new Map<string, number>()
  const sums = { distinctEntries: 0, pages: 0, bytes: 0 }
  for (const { key, value } of entries) {
    sums.pages++
    sums.bytes += value.length
    const [kind, tile, part] = key.slice(prefix.length).split('/')
    if (kind !== 'tile') continue
    const { rows, names } = batchHeader(value)
    if (part !== 'group') {
      sums.distinctEntries += rows
      continue
    }
    groupsOfTile.set(tile, (groupsOfTile.get(tile) ?? 0) + rows)
    for (const values of rowsOf(
      decodeBatch(
        value,
        names.filter((name) => name.startsWith('key_')),
      ).batch,
    )) {
      const text = JSON.stringify(values, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))
      tilesOfKey.set(text, (tilesOfKey.get(text) ?? 0) + 1)
    }
  }
  const greatest = (numbers: Iterable<number>): number => [...numbers].reduce((max, number) => Math.max(max, number), 0)
  return {
    partition: of.partition,
    tiles: groupsOfTile.size,
    groups: [...groupsOfTile.values()].reduce((sum, groups) => sum + groups, 0),
    groupsPerTileMax: greatest(groupsOfTile.values()),
    keys: tilesOfKey.size,
    tilesPerKeyMax: greatest(tilesOfKey.values()),
    ...sums,
  }
}
