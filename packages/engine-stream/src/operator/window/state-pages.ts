import { type Batch, type Column, decodeBatch, encodeBatch, type Field } from '@millrace/columnar'
import type { AggregateState } from '../aggregate/aggregate-state.ts'
import { DistinctAggregate } from '../aggregate/distinct-aggregate.ts'
import type { DistinctState } from '../aggregate/distinct-state.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import type { HeldRows } from './held-rows.ts'
import type { KeyTable } from './key-table.ts'
import { PAGE_GROUPS_MAX, type Tile } from './tile.ts'
import type { TileList } from './tile-list.ts'

/** Entries of one page of distinct values. */
export const PAGE_ENTRIES_MAX = 16_384

const HELD_KEY = 'held/0'
const SLOT_FIELD: Field = { name: 'slot', type: 'int32', nullable: false }

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
 * - `tile/<index>/group/<segment>`: up to 4,096 groups with their keys and accumulators,
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
  if (tile.dirty.size === 0) return
  for (const segment of tile.dirty) {
    const from = segment * PAGE_GROUPS_MAX
    yield written(
      tile,
      `tile/${tile.index}/group/${segment}`,
      groupBatch(operator, tile, { from, to: Math.min(tile.size, from + PAGE_GROUPS_MAX) }),
    )
  }
  tile.dirty.clear()
  for (const [place, aggregate] of operator.aggregates.entries()) {
    if (aggregate instanceof DistinctAggregate) yield* takeDistinctPages(operator, tile, place)
  }
}

function written(tile: Tile, key: string, batch: Batch): StatePage {
  tile.pages.add(key)
  return { key, value: encodeBatch(batch, { watermarkAfter: 0, ingestedAt: 0 }) }
}

function groupBatch(operator: TiledState, tile: Tile, { from, to }: { from: number; to: number }): Batch {
  const keys = operator.keys.columnsOf(tile.keyIds.subarray(from, to), to - from)
  const columns: Column[] = [...keys]
  const fields: Field[] = keys.map((_, place) => ({ ...operator.plan.keyFields[place], name: `key_${place}`, nullable: true }))
  for (const [place, aggregate] of operator.aggregates.entries()) {
    if (aggregate instanceof DistinctAggregate) continue
    const state = tile.states[place] as AggregateState
    columns.push(...state.save(from, to))
    fields.push(...state.fields().map((field) => ({ ...field, name: `aggregate_${place}_${field.name}` })))
  }
  return { rows: to - from, fields, columns }
}

function* takeDistinctPages(operator: TiledState, tile: Tile, place: number): Generator<StatePage> {
  const { groups, values, size } = tile.states[place] as DistinctState
  const table = (operator.aggregates[place] as DistinctAggregate).values
  const saved = tile.savedEntries[place] ?? 0
  if (saved === size) return
  for (let chunk = Math.floor(saved / PAGE_ENTRIES_MAX); chunk * PAGE_ENTRIES_MAX < size; chunk++) {
    const from = chunk * PAGE_ENTRIES_MAX
    const to = Math.min(size, from + PAGE_ENTRIES_MAX)
    const slots: Column = { kind: 'int32', values: groups.slice(from, to), nulls: null }
    const fields = [SLOT_FIELD, { name: 'value', type: operator.plan.aggregates[place].argumentType ?? 'boolean', nullable: false }]
    yield written(tile, `tile/${tile.index}/distinct/${place}/${chunk}`, {
      rows: to - from,
      fields,
      columns: [slots, table.columnOf(values.subarray(from, to), to - from)],
    })
  }
  tile.savedEntries[place] = size
}

/** Fills an empty operator from pages in any order. */
export function restoreStatePages(operator: TiledState, pages: readonly KeptPage[]): void {
  const held = pages.find(({ key }) => key === HELD_KEY)
  if (held !== undefined) operator.held.addBatch(decodeBatch(held.value).batch)
  operator.held.changed = false
  const tiles = pages.filter(({ key }) => key !== HELD_KEY)
  const parsed = tiles.map(({ key, value }) => ({ key, path: key.split('/'), value }))
  const kindRank = (path: readonly string[]): number => (path[2] === 'group' ? 0 : 1)
  parsed.sort(
    (a, b) => Number(a.path[1]) - Number(b.path[1]) || kindRank(a.path) - kindRank(b.path) || Number(a.path.at(-1)) - Number(b.path.at(-1)),
  )
  for (const { key, path, value } of parsed) {
    const index = Number(path[1])
    const tile = operator.tiles.get(index) ?? operator.newTile(index)
    tile.pages.add(key)
    const { batch } = decodeBatch(value)
    if (path[2] === 'group') restoreGroups(operator, tile, batch)
    else restoreDistinct(operator, tile, { place: Number(path[3]), batch })
  }
  operator.rebuildRunning()
}

function restoreGroups(operator: TiledState, tile: Tile, batch: Batch): void {
  const from = tile.size
  const width = operator.plan.keyFields.length
  const keyIds = operator.keys.idsOf(batch.columns.slice(0, width), { selection: null, count: batch.rows, rows: batch.rows })
  for (let row = 0; row < batch.rows; row++) tile.slotOf(keyIds[row])
  let column = width
  for (const [place, aggregate] of operator.aggregates.entries()) {
    if (aggregate instanceof DistinctAggregate) continue
    const state = tile.states[place] as AggregateState
    const next = column + state.fields().length
    state.load(batch.columns.slice(column, next), from)
    column = next
  }
}

function restoreDistinct(operator: TiledState, tile: Tile, { place, batch }: { place: number; batch: Batch }): void {
  const state = tile.states[place] as DistinctState
  const [slots, values] = batch.columns
  const ids = (operator.aggregates[place] as DistinctAggregate).values.idsOf(values, {
    selection: null,
    count: batch.rows,
    rows: batch.rows,
  })
  const groups = (slots as Column & { readonly kind: 'int32' }).values
  for (let row = 0; row < batch.rows; row++) state.add(groups[row], ids[row])
  tile.savedEntries[place] = state.size
}
