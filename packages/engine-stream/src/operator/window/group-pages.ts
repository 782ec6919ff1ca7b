import { type Batch, type Column, decodeBatch, encodeBatch, type Field, type Int32Column } from '@millrace/columnar'
import type { AggregateState } from '../aggregate/aggregate-state.ts'
import { DistinctAggregate } from '../aggregate/distinct-aggregate.ts'
import type { StatePage } from '../state-page.ts'
import { PAGE_GROUPS_MAX } from './changed-groups.ts'
import type { TiledState } from './state-pages.ts'
import type { Tile, TileState } from './tile.ts'

const NO_HEADER = { watermarkAfter: 0, ingestedAt: 0 }
/** The slot in the tile of a group that is written alone. */
export const SLOT_FIELD: Field = { name: 'slot', type: 'int32', nullable: false }

/** A page of groups as it was kept; its path are the parts of its key. */
export interface GroupPage {
  readonly path: readonly string[]
  readonly value: Uint8Array
}

/** Groups with their keys and, by aggregate, their accumulators; distinct counts have pages of their own. */
interface Groups {
  readonly keyIds: Int32Array
  readonly states: readonly (TileState | undefined)[]
}

/** The pages of a tile's groups that changed since the last call. */
export function* takeGroupPages(operator: TiledState, tile: Tile): Generator<StatePage> {
  const { changed } = tile
  const { pages, groups } = changed.take(tile.size)
  for (let from = 0; from < groups.length; from += PAGE_GROUPS_MAX) {
    const slots = groups.subarray(from, from + PAGE_GROUPS_MAX)
    yield written(tile, changePageKey(tile, changed.next++), changesBatch(operator, tile, slots))
  }
  for (const page of pages) yield* wholePage(operator, tile, page)
  for (const number of changed.takeObsolete()) yield removed(tile, changePageKey(tile, number))
}

function* wholePage(operator: TiledState, tile: Tile, page: number): Generator<StatePage> {
  const { since, next } = tile.changed
  const before = since[page]
  const from = page * PAGE_GROUPS_MAX
  if (before !== undefined && before !== next) yield removed(tile, wholePageKey(tile, page, before))
  since[page] = next
  yield written(tile, wholePageKey(tile, page, next), groupBatch(operator, tile, from, Math.min(tile.size, from + PAGE_GROUPS_MAX)))
}

function wholePageKey(tile: Tile, page: number, since: number): string {
  return `tile/${tile.index}/group/${page}/${since}`
}

function changePageKey(tile: Tile, number: number): string {
  return `tile/${tile.index}/change/${number}`
}

function written(tile: Tile, key: string, batch: Batch): StatePage {
  tile.pages.add(key)
  return { key, value: encodeBatch(batch, NO_HEADER) }
}

function removed(tile: Tile, key: string): StatePage {
  tile.pages.delete(key)
  return { key, value: undefined }
}

function groupBatch(operator: TiledState, groups: Groups, from: number, to: number): Batch {
  const keys = operator.keys.columnsOf(groups.keyIds.subarray(from, to), to - from)
  const columns: Column[] = [...keys]
  const fields: Field[] = keys.map((_, place) => ({ ...operator.plan.keyFields[place], name: `key_${place}`, nullable: true }))
  for (const [place, state] of folded(operator, groups)) {
    columns.push(...state.save(from, to))
    fields.push(...state.fields().map((field) => ({ ...field, name: `aggregate_${place}_${field.name}` })))
  }
  return { rows: to - from, fields, columns }
}

/** Groups from anywhere in the tile, brought together. */
function changesBatch(operator: TiledState, tile: Tile, slots: Int32Array): Batch {
  const states = newStates(operator, slots.length)
  for (const [place, state] of folded(operator, tile))
    for (let row = 0; row < slots.length; row++) (states[place] as AggregateState).copy(row, state, slots[row])
  const { rows, fields, columns } = groupBatch(operator, { keyIds: slots.map((slot) => tile.keyIds[slot]), states }, 0, slots.length)
  return { rows, fields: [SLOT_FIELD, ...fields], columns: [{ kind: 'int32', values: slots, nulls: null }, ...columns] }
}

function newStates(operator: TiledState, groups: number): (AggregateState | undefined)[] {
  return operator.aggregates.map((aggregate) => {
    if (aggregate instanceof DistinctAggregate) return undefined
    const state = aggregate.newTileState() as AggregateState
    state.ensure(groups)
    return state
  })
}

/** The aggregates that have one accumulator a group, by their place in the plan. */
function folded(operator: TiledState, { states }: Pick<Groups, 'states'>): (readonly [number, AggregateState])[] {
  return operator.aggregates.flatMap((aggregate, place) =>
    aggregate instanceof DistinctAggregate ? [] : [[place, states[place] as AggregateState] as const],
  )
}

/** Fills a new tile: whole pages first, then what changed after each of them was written, in the order of the changes. */
export function restoreGroupPages(operator: TiledState, tile: Tile, pages: readonly GroupPage[]): void {
  const { changed } = tile
  for (const { path, value } of pages.filter(({ path: [, , kind] }) => kind === 'group')) {
    const [page, since] = [Number(path[3]), Number(path[4])]
    changed.since[page] = since
    restoreWhole(operator, tile, { from: page * PAGE_GROUPS_MAX, batch: decodeBatch(value).batch })
  }
  const changes = pages
    .filter(({ path: [, , kind] }) => kind === 'change')
    .map(({ path, value }) => ({ number: Number(path[3]), batch: decodeBatch(value).batch }))
    .sort((a, b) => a.number - b.number)
  for (const change of changes) restoreChanges(operator, tile, change)
  const next = Math.max(0, ...changed.since.map((since) => since ?? 0), ...changes.map(({ number }) => number + 1))
  const groups = changes.reduce((sum, { batch }) => sum + batch.rows, 0)
  changed.restore({ first: changes[0]?.number ?? next, next, groups })
  tile.indexKeys()
}

function restoreWhole(operator: TiledState, tile: Tile, { from, batch }: { readonly from: number; readonly batch: Batch }): void {
  tile.ensure(from + batch.rows)
  tile.keyIds.set(keyIdsOf(operator, batch.columns, batch.rows), from)
  for (const [, state, columns] of savedStates(operator, tile, batch.columns)) state.load(columns, from)
}

function restoreChanges(operator: TiledState, tile: Tile, { number, batch }: { readonly number: number; readonly batch: Batch }): void {
  const [{ values: slots }, ...columns] = batch.columns as [Int32Column, ...Column[]]
  const gathered = { states: newStates(operator, batch.rows) }
  for (const [, state, saved] of savedStates(operator, gathered, columns)) state.load(saved, 0)
  const keyIds = keyIdsOf(operator, columns, batch.rows)
  for (let row = 0; row < batch.rows; row++) {
    const slot = slots[row]
    if ((tile.changed.since[Math.floor(slot / PAGE_GROUPS_MAX)] ?? 0) > number) continue
    tile.ensure(slot + 1)
    tile.keyIds[slot] = keyIds[row]
    for (const [place, state] of folded(operator, gathered)) (tile.states[place] as AggregateState).copy(slot, state, row)
  }
}

function keyIdsOf(operator: TiledState, columns: readonly Column[], rows: number): Int32Array {
  return operator.keys.idsOf(columns.slice(0, operator.plan.keyFields.length), { selection: null, count: rows, rows })
}

/** The states, each with the columns that hold it in a page after those of the key. */
function savedStates(
  operator: TiledState,
  groups: Pick<Groups, 'states'>,
  columns: readonly Column[],
): [number, AggregateState, readonly Column[]][] {
  let from = operator.plan.keyFields.length
  return folded(operator, groups).map(([place, state]) => {
    const next = from + state.fields().length
    const saved = columns.slice(from, next)
    from = next
    return [place, state, saved]
  })
}
