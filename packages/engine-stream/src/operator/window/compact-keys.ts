import type { KeyTable } from './key-table.ts'
import { renumbered } from './renumbered.ts'
import type { Tile } from './tile.ts'

/** A table of only the keys that the tiles hold, which are renumbered to it. */
export function compactKeys(keys: KeyTable, tiles: readonly Tile[]): KeyTable {
  const used = new Uint8Array(keys.size)
  for (const tile of tiles) for (let slot = 0; slot < tile.size; slot++) used[tile.keyIds[slot]] = 1
  const { table, newIds } = renumbered(used, (live) => keys.compacted(live))
  for (const tile of tiles) tile.renumberKeys(newIds)
  return table
}
