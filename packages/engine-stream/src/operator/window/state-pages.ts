import { type Batch, type Column, decodeBatch, encodeBatch, type Field } from '@millrace/columnar'
import { DistinctAggregate } from '../aggregate/distinct-aggregate.ts'
import type { DistinctState } from '../aggregate/distinct-state.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { restoreGroupPages, SLOT_FIELD, takeGroupPages } from './group-pages.ts'
import type { HeldRows } from './held-rows.ts'
import type { KeyTable } from './key-table.ts'
import type { Tile } from './tile.ts'
import type { TileList } from './tile-list.ts'

/** Entries of one page of distinct values. */
export const PAGE_ENTRIES_MAX = 16_384

const HELD_KEY = 'held/0'

/** An operator whose state is tiles. */
export interface TiledState {
  readonly plan: { readonly keyFields: readonly Field[]; readonly aggregates: readonly AggregatePlan[] }
  readonly tiles: TileList
  readonly aggregates: readonly WindowedAggregate[]
  readonly keys: KeyTable
  readonly held: HeldRows
  readonly removedPages: string[]
  newTile(index: number): Tile
  rebuildRunning(): void
}

/**
 * The tiles' state as pages, each of which can be read alone:
 * - `tile/<index>/group/<page>/<since>`: up to 4,096 groups with their keys and accumulators,
 * - `tile/<index>/change/<number>`: groups of any page that changed after it was written (`ChangedGroups`),
 * - `tile/<index>/distinct/<aggregate>/<chunk>`: up to 16,384 (group, value) entries in the order they came, so that only the last
 *   chunk of a growing set is written again.
 * - `held/0`: the rows that wait for windows to fire.
 * Only what changed since the last call is given; pages of tiles that are gone are removed.
 */
export function* takeStatePages(operator: TiledState): Generator<StatePage> {
  for (const key of operator.removedPages.splice(0)) yield { key, value: undefined }
  for (const tile of operator.tiles.all()) yield* takeTilePages(operator, tile)
  if (!operator.held.changed) return
  operator.held.changed = false
  const held = operator.held.all()
  yield { key: HELD_KEY, value: held === undefined ? undefined : encodeBatch(held, { watermarkAfter: 0, ingestedAt: 0 }) }
}

function* takeTilePages(operator: TiledState, tile: Tile): Generator<StatePage> {
  if (!tile.changed.any) return
  yield* takeGroupPages(operator, tile)
  for (const [place, aggregate] of operator.aggregates.entries()) {
    if (aggregate instanceof DistinctAggregate) yield* takeDistinctPages(operator, tile, place)
  }
}

function* takeDistinctPages(operator: TiledState, tile: Tile, place: number): Generator<StatePage> {
  const { groups, values, size } = tile.states[place] as DistinctState
  const table = (operator.aggregates[place] as DistinctAggregate).values.table
  const saved = tile.savedEntries[place] ?? 0
  if (saved === size) return
  for (let chunk = Math.floor(saved / PAGE_ENTRIES_MAX); chunk * PAGE_ENTRIES_MAX < size; chunk++) {
    const from = chunk * PAGE_ENTRIES_MAX
    const to = Math.min(size, from + PAGE_ENTRIES_MAX)
    const slots: Column = { kind: 'int32', values: groups.slice(from, to), nulls: null }
    const fields = [SLOT_FIELD, { name: 'value', type: operator.plan.aggregates[place].argumentType ?? 'boolean', nullable: false }]
    const columns = [slots, table.columnOf(values.subarray(from, to), to - from)]
    const key = `tile/${tile.index}/distinct/${place}/${chunk}`
    tile.pages.add(key)
    yield { key, value: encodeBatch({ rows: to - from, fields, columns }, { watermarkAfter: 0, ingestedAt: 0 }) }
  }
  tile.savedEntries[place] = size
}

/** Fills an empty operator from pages in any order. */
export function restoreStatePages(operator: TiledState, pages: readonly KeptPage[]): void {
  const held = pages.find(({ key }) => key === HELD_KEY)
  if (held !== undefined) operator.held.addBatch(decodeBatch(held.value).batch)
  operator.held.changed = false
  const tiles = pages.filter(({ key }) => key !== HELD_KEY).map(({ key, value }) => ({ key, path: key.split('/'), value }))
  const byTile = [...Map.groupBy(tiles, ({ path }) => Number(path[1]))].sort(([a], [b]) => a - b)
  for (const [index, ofTile] of byTile) {
    const tile = operator.tiles.get(index) ?? operator.newTile(index)
    for (const { key } of ofTile) tile.pages.add(key)
    restoreGroupPages(operator, tile, ofTile)
    const chunks = ofTile.filter(({ path }) => path[2] === 'distinct').sort((a, b) => Number(a.path[4]) - Number(b.path[4]))
    for (const { path, value } of chunks) restoreDistinct(operator, tile, { place: Number(path[3]), batch: decodeBatch(value).batch })
  }
  operator.rebuildRunning()
}

function restoreDistinct(operator: TiledState, tile: Tile, { place, batch }: { place: number; batch: Batch }): void {
  const state = tile.states[place] as DistinctState
  const [slots, values] = batch.columns
  const ids = (operator.aggregates[place] as DistinctAggregate).values.table.idsOf(values, {
    selection: null,
    count: batch.rows,
    rows: batch.rows,
  })
  const groups = (slots as Column & { readonly kind: 'int32' }).values
  for (let row = 0; row < batch.rows; row++) state.add(groups[row], ids[row])
  tile.savedEntries[place] = state.size
}
