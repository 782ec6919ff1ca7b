import type { UndoableState } from '../aggregate/aggregate-state.ts'
import { createAggregate, createAggregates } from '../aggregate/create-aggregate.ts'
import { UndoableAggregate } from '../aggregate/undoable-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { AggregatePlan, TotalPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { HeldRows } from '../window/held-rows.ts'
import { KeyTable } from '../window/key-table.ts'
import { OutputColumn } from '../window/output-column.ts'
import { restoreStatePages, type TiledState, takeStatePages } from '../window/state-pages.ts'
import { newTile, type Tile } from '../window/tile.ts'
import { TileList } from '../window/tile-list.ts'
import { CHANGE, changesOf, takesBack } from './change.ts'
import { parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'
import { slotsOfRows } from './slots-of-rows.ts'
import { TotalOutput } from './total-output.ts'

/** Groups without rows fewer than these are not cleared away. */
const GONE_GROUPS_MIN = 4096
/** Current rows of each group: one without any has no row in the output. */
const ROWS: AggregatePlan = {
  name: 'rows',
  fn: 'count',
  argument: null,
  argumentType: null,
  where: null,
  max: null,
  share: null,
  order: null,
  field: { name: 'rows', type: 'int64', nullable: false },
}

/** Whether all of the aggregates can take a row back, so that no row need be kept. */
export function canUndo(plan: TotalPlan): boolean {
  return plan.aggregates.every((aggregate, place) => createAggregate(aggregate, place) instanceof UndoableAggregate)
}

/** As `CorrectedTotalOperator` where every aggregate can be undone: what a batch brings is added, what it takes back is taken out again. */
export class UndoneTotalOperator implements RowOperator, TiledState {
  readonly plan: TotalPlan
  readonly tiles = new TileList()
  readonly aggregates: readonly WindowedAggregate[]
  readonly held = new HeldRows([])
  readonly removedPages: string[] = []
  keys: KeyTable
  readonly #options: RowOperatorOptions
  readonly #output: TotalOutput
  readonly #rows = new OutputColumn(ROWS.field)
  /** Groups without rows. */
  #gone = 0

  constructor(plan: TotalPlan, options: RowOperatorOptions) {
    this.plan = { ...plan, aggregates: [...plan.aggregates, ROWS] }
    this.#options = options
    this.aggregates = createAggregates(this.plan.aggregates)
    this.keys = new KeyTable(plan.keyFields)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates, options)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const tile = this.tiles.get(0) ?? this.newTile()
    const known = tile.size
    const { rows, slots } = slotsOfRows(frame, { registers: this.plan.keys, keys: this.keys, tile })
    const taken = changesOf(frame, this.plan.change).map((change) => Number(takesBack(change)))
    const touched = Int32Array.from(new Set(slots))
    const before = this.#rowsOf(tile, touched)
    const after = before.slice()
    const placeOf = new Map(Array.from(touched, (slot, place) => [slot, place]))
    for (let k = 0; k < slots.length; k++) after[placeOf.get(slots[k]) as number] += taken[k] === 1 ? -1 : 1
    const places = Int32Array.from(touched.keys())
    const was = places.filter((place) => before[place] > 0)
    const is = places.filter((place) => after[place] > 0)
    const of = (chosen: Int32Array): Int32Array => chosen.map((place) => touched[place])
    this.#give(tile, of(was), { changes: was.map((place) => (after[place] > 0 ? CHANGE.before : CHANGE.remove)), ingestedAt })
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    this.#apply(tile, { rows, slots, taken })
    this.#give(tile, of(is), { changes: is.map((place) => (before[place] > 0 ? CHANGE.after : CHANGE.insert)), ingestedAt })
    for (const place of places) this.#gone += Number(after[place] <= 0) - Number(before[place] <= 0 && touched[place] < known)
  }

  /** How many current rows each of the groups has. */
  #rowsOf(tile: Tile, slots: Int32Array): Float64Array {
    const counts = new Float64Array(slots.length)
    const target = { out: this.#rows, counts: this.#options.counters }
    for (const part of parts(slots.length)) {
      const range = { groups: slots, from: part[0], count: part.length, at: 0 }
      this.#rows.ensure(part.length)
      this.aggregates[this.aggregates.length - 1].emitTile(tile, range, target)
      counts.set(this.#rows.numbers.subarray(0, part.length), part[0])
    }
    return counts
  }

  /** Adds the new rows, and takes those back that are gone: brought together in a tile of their own, group by group. */
  #apply(tile: Tile, { rows, slots, taken }: { readonly rows: Int32Array; readonly slots: Int32Array; readonly taken: Int32Array }): void {
    const of = (from: Int32Array, which: number): Int32Array => from.filter((_, place) => taken[place] === which)
    const added = of(rows, 0)
    for (const aggregate of this.aggregates) aggregate.update(tile, { rows: added, groups: of(slots, 0), count: added.length })
    const gone = of(rows, 1)
    if (gone.length === 0) return
    const scratch = newTile(this.aggregates, { index: 0, groups: 0 })
    const groups = new Int32Array(gone.length)
    scratch.slotsOf(of(slots, 1), gone.length, groups)
    for (const [place, aggregate] of this.aggregates.entries()) {
      aggregate.update(scratch, { rows: gone, groups, count: gone.length })
      const state = tile.states[place] as UndoableState
      for (let group = 0; group < scratch.size; group++) state.unmerge(scratch.keyIds[group], scratch.states[place] as UndoableState, group)
    }
  }

  #give(tile: Tile, slots: Int32Array, what: { readonly changes: Int32Array; readonly ingestedAt: number }): void {
    const { aggregates, keys } = this
    this.#output.giveTile(tile, { slots, aggregates, keys, changes: what.changes, availableAt: what.ingestedAt })
  }

  newTile(): Tile {
    const tile = newTile(this.aggregates, { index: 0, groups: 0 })
    this.tiles.add(tile)
    return tile
  }

  rebuildRunning(): void {}

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  /** Drops groups without rows once they are the greater part. */
  compact(): void {
    const old = this.tiles.get(0)
    if (old === undefined || this.#gone < GONE_GROUPS_MIN || this.#gone * 2 < old.size) return
    const slots = Int32Array.from({ length: old.size }, (_, slot) => slot)
    const counts = this.#rowsOf(old, slots)
    const live = slots.filter((slot) => counts[slot] > 0)
    const { table, ids } = this.keys.compacted(live.map((slot) => old.keyIds[slot]))
    this.tiles.removeFirst()
    this.removedPages.push(...old.pages)
    this.keys = table
    this.#gone = 0
    const tile = this.newTile()
    tile.slotsOf(ids, ids.length, new Int32Array(ids.length))
    for (const [place, state] of tile.states.entries())
      for (const [group, slot] of live.entries()) (state as UndoableState).merge(group, old.states[place] as UndoableState, slot)
  }

  get bytes(): number {
    return this.tiles.bytes + this.keys.bytes + this.held.bytes + this.aggregates.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.keys.size, values: 0 }
  }

  takePages(): Iterable<StatePage> {
    return takeStatePages(this)
  }

  restore(pages: readonly KeptPage[]): void {
    restoreStatePages(this, pages)
    const tile = this.tiles.get(0)
    if (tile === undefined) return
    const counts = this.#rowsOf(
      tile,
      Int32Array.from({ length: tile.size }, (_, slot) => slot),
    )
    this.#gone = counts.reduce((sum, count) => sum + Number(count <= 0), 0)
  }
}
