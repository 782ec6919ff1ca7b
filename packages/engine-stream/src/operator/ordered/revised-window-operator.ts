import type { TimestampColumn } from '@millrace/columnar'
import { createAggregate } from '../aggregate/create-aggregate.ts'
import { compactValues, distinctValues } from '../aggregate/distinct-values.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { RevisedWindowPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { compactKeys } from '../window/compact-keys.ts'
import { HeldRows } from '../window/held-rows.ts'
import { KeyTable } from '../window/key-table.ts'
import { RowGroups } from '../window/row-groups.ts'
import { restoreStatePages, type TiledState, takeStatePages } from '../window/state-pages.ts'
import { newTile, type Tile } from '../window/tile.ts'
import { TileList } from '../window/tile-list.ts'
import { tileIndex, tileStart } from '../window/window-grid.ts'
import { CHANGE } from './change.ts'
import type { RowOperator, RowOperatorOptions } from './row-operator.ts'
import { TotalOutput } from './total-output.ts'

/** A key table below this size is not compacted. */
const KEYS_MIN = 4096

/**
 * Fixed and calendar windows whose rows are corrected.
 * 1. Each window is a tile of its own, numbered by its end, that a row of it is added to.
 * 2. A window is given when progress reaches its end. What comes for it later corrects the rows that it touches.
 * 3. It is forgotten when progress is past its end by the horizon, for then every row for it is late.
 */
export class RevisedWindowOperator implements RowOperator, TiledState {
  readonly plan: RevisedWindowPlan
  readonly tiles = new TileList()
  readonly aggregates: readonly WindowedAggregate[]
  keys: KeyTable
  readonly held = new HeldRows([])
  readonly removedPages: string[] = []
  readonly #options: RowOperatorOptions
  readonly #output: TotalOutput
  readonly #groups = new RowGroups()
  #progress = Number.NEGATIVE_INFINITY
  #compactAt = KEYS_MIN
  #availableAt = 0

  constructor(plan: RevisedWindowPlan, options: RowOperatorOptions) {
    this.plan = plan
    this.#options = options
    this.aggregates = plan.aggregates.map(createAggregate)
    this.keys = new KeyTable(plan.keyFields)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates, options)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    const { grid, time, watermark } = this.plan
    const { values: times } = frame.column(time) as TimestampColumn
    const stamps = watermark === null || this.#options.mode === 'exact' ? null : (frame.column(watermark) as TimestampColumn).values
    const keyIds = this.keys.idsOf(
      this.plan.keys.map((register) => frame.column(register)),
      frame,
    )
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    for (const row of frame.selectedRows()) {
      const first = tileIndex(grid, times[row]) + 1
      const missed = stamps === null ? Number.NEGATIVE_INFINITY : tileIndex(grid, stamps[row])
      for (let end = Math.max(first, missed + 1); end < first + grid.tilesPerWindow; end++)
        this.#groups.add(this.tiles.get(end) ?? this.newTile(end), row, keyIds[row])
    }
    this.#availableAt = ingestedAt
    this.#groups.drain(this.#addToWindow)
  }

  readonly #addToWindow = (tile: Tile, rows: Int32Array, keys: Int32Array, count: number): void => {
    const slots = new Int32Array(count)
    const known = tile.size
    tile.slotsOf(keys, count, slots)
    const given = tileStart(this.plan.grid, tile.index) <= this.#progress
    const touched = given ? Int32Array.from(new Set(slots)) : new Int32Array(0)
    this.#give(
      tile,
      touched.filter((slot) => slot < known),
      () => CHANGE.before,
    )
    for (const aggregate of this.aggregates) aggregate.update(tile, { rows: rows.subarray(0, count), groups: slots, count })
    this.#give(tile, touched, (slot) => (slot < known ? CHANGE.after : CHANGE.insert))
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const before = this.#progress
    this.#progress = progress
    this.#availableAt = availableAt
    for (const tile of this.tiles.all()) {
      const end = tileStart(this.plan.grid, tile.index)
      if (end > progress) break
      if (end > before) this.#giveWindow(tile)
    }
    for (let tile = this.tiles.first(); tile !== undefined && this.#isOver(tile); tile = this.tiles.first()) {
      this.removedPages.push(...tile.pages)
      this.tiles.removeFirst()
    }
  }

  #giveWindow(tile: Tile): void {
    this.#options.counters.windowsFired++
    this.#give(
      tile,
      Int32Array.from({ length: tile.size }, (_, slot) => slot),
      () => CHANGE.insert,
    )
  }

  #isOver(tile: Tile): boolean {
    return tileStart(this.plan.grid, tile.index) <= this.#progress - this.plan.horizonMs
  }

  #give(tile: Tile, slots: Int32Array, change: (slot: number) => number): void {
    const { aggregates, keys } = this
    const { grid } = this.plan
    const window = { start: tileStart(grid, tile.index - grid.tilesPerWindow), end: tileStart(grid, tile.index) }
    const changes = slots.map(change)
    this.#output.giveTile(tile, { slots, aggregates, keys, changes, availableAt: this.#availableAt, window })
  }

  newTile(index: number): Tile {
    const tile = newTile(this.aggregates, { index, groups: 0 })
    this.tiles.add(tile)
    return tile
  }

  rebuildRunning(): void {}

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    compactValues(this.aggregates, this.tiles.all())
    if (this.keys.size <= this.#compactAt) return
    this.keys = compactKeys(this.keys, this.tiles.all())
    this.#compactAt = Math.max(KEYS_MIN, this.keys.size * 2)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.keys.size, values: distinctValues(this.aggregates) }
  }

  takePages(): Iterable<StatePage> {
    return takeStatePages(this)
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    restoreStatePages(this, pages)
    this.#progress = progress
  }
}
