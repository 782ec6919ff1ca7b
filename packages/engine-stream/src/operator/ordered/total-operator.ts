import { createAggregate } from '../aggregate/create-aggregate.ts'
import { DistinctAggregate } from '../aggregate/distinct-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { TotalPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { HeldRows } from '../window/held-rows.ts'
import { KeyTable } from '../window/key-table.ts'
import { restoreStatePages, type TiledState, takeStatePages } from '../window/state-pages.ts'
import { Tile } from '../window/tile.ts'
import { TileList } from '../window/tile-list.ts'
import { CHANGE } from './change.ts'
import { parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'
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
  readonly #options: RowOperatorOptions
  readonly #output: TotalOutput

  constructor(plan: TotalPlan, options: RowOperatorOptions) {
    this.plan = plan
    this.#options = options
    this.aggregates = plan.aggregates.map(createAggregate)
    this.keys = new KeyTable(plan.keyFields)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const rows = frame.selectedRows()
    const ids = this.keys.idsOf(
      this.plan.keys.map((register) => frame.column(register)),
      frame,
    )
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    const tile = this.tiles.get(0) ?? this.newTile(0)
    const known = tile.size
    const slots = new Int32Array(rows.length)
    tile.slotsOf(
      rows.map((row) => ids[row]),
      rows.length,
      slots,
    )
    const touched = Int32Array.from(new Set(slots))
    this.#give(tile, { slots: touched.filter((slot) => slot < known), change: () => CHANGE.before, ingestedAt })
    for (const aggregate of this.aggregates) aggregate.update(tile, { rows, groups: slots, count: rows.length })
    this.#give(tile, { slots: touched, change: (slot) => (slot < known ? CHANGE.after : CHANGE.insert), ingestedAt })
  }

  #give(tile: Tile, what: { readonly slots: Int32Array; readonly change: (slot: number) => number; readonly ingestedAt: number }): void {
    for (const part of parts(what.slots.length)) {
      const slots = part.map((place) => what.slots[place])
      const range = { groups: slots, from: 0, count: slots.length, at: 0 }
      for (const [place, aggregate] of this.aggregates.entries())
        aggregate.emitTile(tile, range, { out: this.#output.columns[place], counts: this.#options.counters })
      const keys = this.keys.columnsOf(
        slots.map((slot) => tile.keyIds[slot]),
        slots.length,
      )
      this.#options.counters.rowsOut += slots.length
      this.#options.onOutput(this.#output.take({ keys, changes: slots.map(what.change), availableAt: what.ingestedAt }))
    }
  }

  newTile(index: number): Tile {
    const tile = new Tile(index, { states: this.aggregates.map((aggregate) => aggregate.newTileState()), groups: 0 })
    this.tiles.add(tile)
    return tile
  }

  rebuildRunning(): void {}

  fire(): void {}

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {}

  get tableSizes(): { readonly keys: number; readonly values: number } {
    const distinct = this.aggregates.filter((aggregate) => aggregate instanceof DistinctAggregate)
    return { keys: this.keys.size, values: distinct.reduce((sum, aggregate) => sum + aggregate.values.size, 0) }
  }

  takePages(): Iterable<StatePage> {
    return takeStatePages(this)
  }

  restore(pages: readonly KeptPage[]): void {
    restoreStatePages(this, pages)
  }
}
