import type { TimestampColumn } from '@millrace/columnar'
import { compactValues, distinctValues } from '../aggregate/compact-values.ts'
import { createAggregates } from '../aggregate/create-aggregate.ts'
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

/** What fixed and calendar windows whose rows are corrected have in common: tiles of windows, each numbered by the window's end in the grid. */
export abstract class CorrectedWindows<P extends Omit<RevisedWindowPlan, 'kind'>> implements RowOperator, TiledState {
  readonly plan: P
  readonly tiles = new TileList()
  readonly aggregates: readonly WindowedAggregate[]
  keys: KeyTable
  readonly held = new HeldRows([])
  readonly removedPages: string[] = []
  protected progress = Number.NEGATIVE_INFINITY
  readonly #options: RowOperatorOptions
  readonly #output: TotalOutput
  readonly #groups = new RowGroups()
  #compactAt = KEYS_MIN
  #availableAt = 0

  constructor(plan: P, options: RowOperatorOptions) {
    this.plan = plan
    this.#options = options
    this.aggregates = createAggregates(plan.aggregates)
    this.keys = new KeyTable(plan.keyFields)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates, options)
  }

  /** The number of the tile that rows of a window are added to now. */
  protected abstract tileFor(window: number): number
  /** The number of the window that a tile is of. */
  protected abstract windowOf(tile: Tile): number
  /** Whether what a tile holds was given. */
  protected abstract isGiven(tile: Tile): boolean
  /** Gives what progress closes; `before`: where it was. */
  protected abstract give(before: number): void

  push(_input: number, frame: Frame, ingestedAt: number): void {
    const { grid, time, watermark, keys } = this.plan
    const { values: times } = frame.column(time) as TimestampColumn
    const stamps = watermark === null || this.#options.mode === 'exact' ? null : (frame.column(watermark) as TimestampColumn).values
    const columns = keys.map((register) => frame.column(register))
    const keyIds = this.keys.idsOf(columns, frame)
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    for (const row of frame.selectedRows()) {
      const first = tileIndex(grid, times[row]) + 1
      const missed = stamps === null ? Number.NEGATIVE_INFINITY : tileIndex(grid, stamps[row])
      for (let window = Math.max(first, missed + 1); window < first + grid.tilesPerWindow; window++)
        this.#groups.add(this.tile(this.tileFor(window)), row, keyIds[row])
    }
    this.#availableAt = ingestedAt
    this.#groups.drain(this.#addToTile)
  }

  readonly #addToTile = (tile: Tile, rows: Int32Array, keys: Int32Array, count: number): void => {
    const slots = new Int32Array(count)
    const known = tile.size
    tile.slotsOf(keys, count, slots)
    const touched = this.isGiven(tile) ? Int32Array.from(new Set(slots)) : new Int32Array(0)
    this.takeBack(tile, touched, known)
    for (const aggregate of this.aggregates) aggregate.update(tile, { rows: rows.subarray(0, count), groups: slots, count })
    this.giveGroups(tile, touched, known)
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const before = this.progress
    this.progress = progress
    this.#availableAt = availableAt
    this.give(before)
    for (let tile = this.tiles.first(); tile !== undefined && this.#isForgotten(tile); tile = this.tiles.first()) this.remove(tile)
  }

  #isForgotten(tile: Tile): boolean {
    return this.endOf(this.windowOf(tile)) <= this.progress - this.plan.horizonMs
  }

  protected countFired(): void {
    this.#options.counters.windowsFired++
  }

  /** Says of groups that were there before what was given of them; those from slot `known` on are new. */
  protected takeBack(tile: Tile, slots: Int32Array, known: number): void {
    const old = slots.filter((slot) => slot < known)
    this.#say(
      tile,
      old,
      old.map(() => CHANGE.before),
    )
  }

  protected giveGroups(tile: Tile, slots: Int32Array, known: number): void {
    this.#say(
      tile,
      slots,
      slots.map((slot) => (slot < known ? CHANGE.after : CHANGE.insert)),
    )
  }

  #say(tile: Tile, slots: Int32Array, changes: Int32Array): void {
    const { aggregates, keys } = this
    const number = this.windowOf(tile)
    const window = { start: this.startOf(number), end: this.endOf(number) }
    this.#output.giveTile(tile, { slots, aggregates, keys, changes, availableAt: this.#availableAt, window })
  }

  protected startOf(window: number): number {
    return tileStart(this.plan.grid, window - this.plan.grid.tilesPerWindow)
  }

  protected endOf(window: number): number {
    return tileStart(this.plan.grid, window)
  }

  protected tile(index: number): Tile {
    return this.tiles.get(index) ?? this.newTile(index)
  }

  protected remove(tile: Tile): void {
    this.removedPages.push(...tile.pages)
    this.tiles.remove(tile)
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

  get bytes(): number {
    return this.tiles.bytes + this.keys.bytes + this.held.bytes + this.aggregates.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.keys.size, values: distinctValues(this.aggregates) }
  }

  takePages(): Iterable<StatePage> {
    return takeStatePages(this)
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    restoreStatePages(this, pages)
    this.progress = progress
  }
}
