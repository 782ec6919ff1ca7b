import { distinctValues } from '../aggregate/compact-values.ts'
import { createAggregates } from '../aggregate/create-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { TotalPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { HeldRows } from '../window/held-rows.ts'
import { KeyTable } from '../window/key-table.ts'
import { restoreStatePages, type TiledState, takeStatePages } from '../window/state-pages.ts'
import { newTile, type Tile } from '../window/tile.ts'
import { TileList } from '../window/tile-list.ts'
import { CHANGE } from './change.ts'
import type { RowOperator, RowOperatorOptions } from './row-operator.ts'
import { slotsOfRows } from './slots-of-rows.ts'
import { TotalOutput } from './total-output.ts'

/**
 * Aggregates over every row of a key that ever came: one tile that no window leaves. Each batch gives the keys that it touches, first as
 * they were before and then as they are now.
 */
export class TotalOperator implements RowOperator, TiledState {
  readonly plan: TotalPlan
  readonly tiles = new TileList()
  readonly aggregates: readonly WindowedAggregate[]
  readonly keys: KeyTable
  readonly held = new HeldRows([])
  readonly removedPages: string[] = []
  readonly #output: TotalOutput

  constructor(plan: TotalPlan, options: RowOperatorOptions) {
    this.plan = plan
    this.aggregates = createAggregates(plan.aggregates)
    this.keys = new KeyTable(plan.keyFields)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates, options)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    const tile = this.tiles.get(0) ?? this.newTile(0)
    const known = tile.size
    const { rows, slots } = slotsOfRows(frame, { registers: this.plan.keys, keys: this.keys, tile })
    const touched = Int32Array.from(new Set(slots))
    this.#give(
      tile,
      touched.filter((slot) => slot < known),
      { change: () => CHANGE.before, ingestedAt },
    )
    for (const aggregate of this.aggregates) aggregate.update(tile, { rows, groups: slots, count: rows.length })
    this.#give(tile, touched, { change: (slot) => (slot < known ? CHANGE.after : CHANGE.insert), ingestedAt })
  }

  #give(tile: Tile, slots: Int32Array, what: { readonly change: (slot: number) => number; readonly ingestedAt: number }): void {
    const { aggregates, keys } = this
    this.#output.giveTile(tile, { slots, aggregates, keys, changes: slots.map(what.change), availableAt: what.ingestedAt })
  }

  newTile(index: number): Tile {
    const tile = newTile(this.aggregates, { index, groups: 0 })
    this.tiles.add(tile)
    return tile
  }

  rebuildRunning(): void {}

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {}

  get bytes(): number {
    return this.tiles.bytes + this.keys.bytes + this.held.bytes + this.aggregates.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.keys.size, values: distinctValues(this.aggregates) }
  }

  takePages(): Iterable<StatePage> {
    return takeStatePages(this)
  }

  restore(pages: readonly KeptPage[]): void {
    restoreStatePages(this, pages)
  }
}
