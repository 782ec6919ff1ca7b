import type { Column, TimestampColumn } from '@millrace/columnar'
import type { EmitRange } from './aggregate/aggregate-state.ts'
import { compactValues, distinctValues } from './aggregate/compact-values.ts'
import { createAggregates } from './aggregate/create-aggregate.ts'
import type { EmitTarget, WindowedAggregate } from './aggregate/windowed-aggregate.ts'
import { Frame } from './frame.ts'
import { LateRows } from './late-rows.ts'
import type { RegisterColumn, WindowPlan } from './physical-plan.ts'
import { compactKeys } from './window/compact-keys.ts'
import { bytesIn, grown } from './window/growable.ts'
import { HeldRows } from './window/held-rows.ts'
import { KeyTable } from './window/key-table.ts'
import { RowGroups } from './window/row-groups.ts'
import { newTile, type Tile } from './window/tile.ts'
import { TileList } from './window/tile-list.ts'
import { tileIndex, tileStart } from './window/window-grid.ts'
import { type WindowBounds, WindowOutput } from './window/window-output.ts'
import { newWindowCounters, type WindowCounters } from './window-counters.ts'

/** A key table below this size is not compacted. */
const KEYS_MIN = 4096

export interface WindowOptions {
  /** Registers that hold what the operator reads, of frames with `registers` of them. */
  readonly columns: readonly RegisterColumn[]
  readonly registers: number
  /** `exact`: no row is late and nothing fires before the end. */
  readonly mode: 'as_served' | 'exact'
  /** Takes full output batches, by column name. */
  readonly onOutput: (rows: number, columns: ReadonlyMap<string, Column>) => void
}

/**
 * Fixed windows over tiles, for the rows of one partition.
 * 1. Time is cut into tiles of one step (`Tile`). A window with end number `e` ends at `offset + e × step` and covers the tiles
 *    `e − tilesPerWindow` to `e − 1`.
 * 2. Rows come in the order of their stamps. A range of rows whose watermark passes the same window ends is taken together: first
 *    all windows that its watermark closes fire, then its rows are added to their tiles.
 * 3. A row of tile `j` counts in the windows with end numbers `j + 1` to `j + tilesPerWindow`; those up to the last that fired are
 *    missed. A row that missed some is added to a tile which the running window already holds, and to the running window.
 * 4. Firing window `e` lets tile `e − 1` enter the running window, emits every key with a tile in it, and lets tile
 *    `e − tilesPerWindow` expire. Gaps in time are jumped over. Windows of one tile are emitted from it.
 * 5. Rows that come from several partitions were judged before, and fire nothing: windows fire as the least stamp of all partitions
 *    goes. A row whose stamp is ahead of it may have missed windows that have not fired; it is held until they have.
 * 6. Rows without stamps are never late, and come before the progress that closes their windows.
 */
export class WindowAggregateOperator {
  readonly plan: WindowPlan
  readonly counters: WindowCounters = newWindowCounters()
  /** Rows of the last push that missed windows. */
  readonly late = new LateRows()
  readonly tiles = new TileList()
  readonly aggregates: readonly WindowedAggregate[]
  keys: KeyTable
  /** End number of the last window that fired or was jumped over. */
  fired = Number.NEGATIVE_INFINITY
  readonly held: HeldRows
  /** Keys of pages whose tiles are gone. */
  readonly removedPages: string[] = []
  readonly #options: WindowOptions
  readonly #output: WindowOutput
  readonly #groups = new RowGroups()
  #compactAt = KEYS_MIN
  /** Tiles of the running window that hold the key, by key id. */
  #tilesOfKey = new Int32Array(0)
  #slots = new Int32Array(64)
  #emitted = new Int32Array(64)
  #recent: Tile | undefined
  /** Groups of the tile that was complete last: a new tile begins with room for as many. */
  #groupsExpected = 0

  constructor(plan: WindowPlan, options: WindowOptions) {
    this.plan = plan
    this.#options = options
    this.aggregates = createAggregates(plan.aggregates)
    this.#output = new WindowOutput(plan.keyFields, plan.aggregates)
    this.keys = new KeyTable(plan.keyFields)
    this.held = new HeldRows(options.columns)
  }

  /** Adds the frame's rows; windows that their stamps close fire in between, as available at `ingestedAt`. */
  push(frame: Frame, ingestedAt: number): void {
    this.late.clear()
    if (frame.count === 0) return
    if (this.plan.rows !== 'judged') this.counters.rowsIn += frame.count
    if (this.plan.rows === 'stamped') this.#pushStamped(frame, ingestedAt)
    else this.#pushUnordered(frame)
  }

  /** Ids of the frame's keys, once the operator has looked at it. */
  #prepare(frame: Frame): Int32Array {
    const keyIds = this.keys.idsOf(
      this.plan.keys.map((register) => frame.column(register)),
      frame,
    )
    this.#ensureKeys()
    for (const aggregate of this.aggregates) aggregate.prepare(frame)
    return keyIds
  }

  #pushStamped(frame: Frame, ingestedAt: number): void {
    const { selection, count } = frame
    const { values: watermarks } = frame.column(this.plan.watermark as number) as TimestampColumn
    const { values: times } = frame.column(this.plan.time) as TimestampColumn
    const keyIds = this.#prepare(frame)
    for (let from = 0; from < count; ) {
      const first = watermarks[selection === null ? from : selection[from]]
      this.advance(first, ingestedAt)
      const to = this.#rangeEnd(watermarks, frame, from)
      this.#accumulate({ selection, times, keyIds, from, to })
      from = to
    }
  }

  /** Adds rows whose stamps were judged before, or that have none. */
  #pushUnordered(frame: Frame): void {
    const { selection, count } = this.#withoutHeld(frame)
    const { values: times } = frame.column(this.plan.time) as TimestampColumn
    const keyIds = this.#prepare(frame)
    const { plan } = this
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      const index = tileIndex(plan, times[row])
      let tile = this.#recent
      if (tile === undefined || tile.index !== index) tile = this.#tileAt(index)
      this.#groups.add(tile, row, keyIds[row])
    }
    this.#groups.drain(this.#addToTile)
  }

  /** Puts rows aside that missed windows which are still open; gives what is left. */
  #withoutHeld(frame: Frame): { readonly selection: Int32Array | null; readonly count: number } {
    const { plan } = this
    const { watermark, rows } = plan
    if (rows !== 'judged' || watermark === null || this.#options.mode === 'exact') return frame
    const { values: watermarks } = frame.column(watermark) as TimestampColumn
    const { values: times } = frame.column(this.plan.time) as TimestampColumn
    const held: number[] = []
    const ends: number[] = []
    const kept = new Int32Array(frame.count)
    let size = 0
    for (let k = 0; k < frame.count; k++) {
      const row = frame.selection === null ? k : frame.selection[k]
      const closed = tileIndex(plan, watermarks[row])
      if (closed > this.fired && closed > tileIndex(plan, times[row])) {
        held.push(row)
        ends.push(closed)
      } else kept[size++] = row
    }
    if (held.length === 0) return frame
    this.held.add(frame, Int32Array.from(held), Float64Array.from(ends))
    return { selection: kept, count: size }
  }

  /** Adds the rows that were held until the window with this end number fired. */
  #release(closed: number): void {
    const { rows, columns } = this.held.take(closed)
    const frame = new Frame(rows, this.#options.registers)
    for (const [register, column] of columns) frame.registers[register] = column
    this.#pushUnordered(frame)
  }

  /** Rows that have fired and are not handed out yet. */
  get pendingRows(): number {
    return this.#output.size
  }

  /** The watermark that closes the next window which has rows. */
  get dueAt(): number {
    const first = this.tiles.first()
    const next = first === undefined ? Number.POSITIVE_INFINITY : Math.max(this.fired, first.index) + 1
    const end = Math.min(next, this.held.least)
    return end === Number.POSITIVE_INFINITY ? end : tileStart(this.plan, end)
  }

  /** Fires every window that the watermark closes. */
  advance(watermark: number, availableAt: number): void {
    if (this.#options.mode === 'exact') return
    const closed = tileIndex(this.plan, watermark)
    for (let due = this.held.least; due <= closed && due < Number.POSITIVE_INFINITY; due = this.held.least) {
      this.#fireUpTo(due, availableAt)
      this.#release(due)
    }
    if (closed > this.fired) this.#fireUpTo(closed, availableAt)
  }

  /** Fires open windows until about `rowsMax` rows came out; false when none is left. No row may be added any more. */
  finishSome(availableAt: number, rowsMax: number): boolean {
    const due = this.held.least
    if (this.#fireUpTo(due, availableAt, rowsMax)) return true
    if (due === Number.POSITIVE_INFINITY) return false
    this.#release(due)
    return true
  }

  /** First position from which on the watermark closes more windows. */
  #rangeEnd(watermarks: Float64Array, { selection, count }: Frame, from: number): number {
    if (this.#options.mode === 'exact') return count
    const next = tileStart(this.plan, this.fired + 1)
    let to = from + 1
    if (selection === null) while (to < count && watermarks[to] < next) to++
    else while (to < count && watermarks[selection[to]] < next) to++
    return to
  }

  #accumulate(range: { selection: Int32Array | null; times: Float64Array; keyIds: Int32Array; from: number; to: number }): void {
    const { selection, times, keyIds, from, to } = range
    const { plan } = this
    for (let k = from; k < to; k++) {
      const row = selection === null ? k : selection[k]
      const index = tileIndex(plan, times[row])
      if (index < this.fired && this.#isLate(row, Math.min(this.fired - index, plan.tilesPerWindow))) continue
      let tile = this.#recent
      if (tile === undefined || tile.index !== index) tile = this.#tileAt(index)
      this.#groups.add(tile, row, keyIds[row])
    }
    this.#groups.drain(this.#addToTile)
  }

  /** Notes a row that missed windows; true when it missed all. */
  #isLate(row: number, missed: number): boolean {
    this.late.add(row, missed)
    this.counters.lateMemberships += missed
    if (missed < this.plan.tilesPerWindow) return false
    this.counters.lateAll++
    return true
  }

  #tileAt(index: number): Tile {
    let tile = this.tiles.get(index)
    if (tile === undefined) {
      tile = this.newTile(index)
      tile.entered = index < this.fired
    }
    this.#recent = tile
    return tile
  }

  newTile(index: number): Tile {
    const tile = newTile(this.aggregates, { index, groups: this.#groupsExpected })
    this.tiles.add(tile)
    return tile
  }

  readonly #addToTile = (tile: Tile, rows: Int32Array, keys: Int32Array, count: number): void => {
    if (this.plan.rows !== 'judged') this.counters.rowsCounted += count
    this.#slots = grown(this.#slots, count)
    const sizeBefore = tile.size
    tile.slotsOf(keys, count, this.#slots)
    const grouped = { rows, groups: this.#slots, count }
    if (tile.entered) {
      for (let slot = sizeBefore; slot < tile.size; slot++) this.#tilesOfKey[tile.keyIds[slot]]++
      for (const aggregate of this.aggregates) aggregate.updateEntered(tile, grouped, keys)
    } else for (const aggregate of this.aggregates) aggregate.update(tile, grouped)
  }

  /** Whether it stopped early because `rowsMax` rows came out. */
  #fireUpTo(closed: number, availableAt: number, rowsMax = Number.POSITIVE_INFINITY): boolean {
    const { tilesPerWindow } = this.plan
    const rowsOutMax = this.counters.rowsOut + rowsMax
    this.#recent = undefined
    let end = this.fired + 1
    for (let first = this.tiles.first(); first !== undefined; first = this.tiles.first()) {
      if (!(end > first.index)) end = first.index + 1
      if (end > closed) break
      this.#fire(end, availableAt)
      if (first.index <= end - tilesPerWindow) this.#expire(first)
      this.fired = end++
      if (this.counters.rowsOut >= rowsOutMax) return true
    }
    this.fired = closed
    return false
  }

  #fire(end: number, availableAt: number): void {
    const { tilesPerWindow } = this.plan
    const bounds = { start: tileStart(this.plan, end - tilesPerWindow), end: tileStart(this.plan, end), availableAt }
    this.counters.windowsFired++
    const newest = this.tiles.get(end - 1)
    this.#groupsExpected = newest?.size ?? 0
    if (tilesPerWindow === 1) {
      if (newest !== undefined) this.#emitTile(newest, bounds)
      return
    }
    if (newest !== undefined && !newest.entered) this.#enter(newest)
    this.#emitRunning(bounds)
  }

  #enter(tile: Tile): void {
    tile.entered = true
    for (let slot = 0; slot < tile.size; slot++) this.#tilesOfKey[tile.keyIds[slot]]++
    for (const aggregate of this.aggregates) aggregate.enter(tile)
  }

  #expire(tile: Tile): void {
    if (this.plan.tilesPerWindow > 1) {
      for (let slot = 0; slot < tile.size; slot++) this.#tilesOfKey[tile.keyIds[slot]]--
      for (const aggregate of this.aggregates) aggregate.expire(tile, this.#entered)
    }
    this.removedPages.push(...tile.pages)
    this.tiles.removeFirst()
  }

  readonly #entered = (): readonly Tile[] => this.tiles.entered()

  #emitTile(tile: Tile, bounds: WindowBounds): void {
    this.#emitted = grown(this.#emitted, tile.size)
    for (let slot = 0; slot < tile.size; slot++) this.#emitted[slot] = slot
    this.#emit(bounds, { groups: this.#emitted, keys: tile.keyIds, count: tile.size }, (aggregate, range, target) =>
      aggregate.emitTile(tile, range, target),
    )
  }

  #emitRunning(bounds: WindowBounds): void {
    const size = this.keys.size
    this.#emitted = grown(this.#emitted, size)
    let count = 0
    for (let key = 0; key < size; key++) if (this.#tilesOfKey[key] > 0) this.#emitted[count++] = key
    this.#emit(bounds, { groups: this.#emitted, keys: this.#emitted, count }, (aggregate, range, target) =>
      aggregate.emitRunning(range, target, this.#entered),
    )
  }

  #emit(
    bounds: WindowBounds,
    rows: { readonly groups: Int32Array; readonly keys: Int32Array; readonly count: number },
    emit: (aggregate: WindowedAggregate, range: EmitRange, target: EmitTarget) => void,
  ): void {
    this.counters.rowsOut += rows.count
    for (let from = 0; from < rows.count; ) {
      const count = Math.min(rows.count - from, this.#output.room)
      const range = { groups: rows.groups, from, count, at: this.#output.size }
      this.#output.ensure(count)
      for (const [place, aggregate] of this.aggregates.entries())
        emit(aggregate, range, { out: this.#output.aggregates[place], counts: this.counters })
      this.#output.append(bounds, rows.keys, from, count)
      from += count
      if (this.#output.room === 0) this.flush()
    }
  }

  /** Hands out the rows that are collected so far. */
  flush(): void {
    if (this.#output.size > 0) {
      const { rows, columns } = this.#output.take(this.keys)
      this.#options.onOutput(rows, columns)
    }
  }

  #ensureKeys(): void {
    const size = this.keys.size
    this.#tilesOfKey = grown(this.#tilesOfKey, size)
    for (const aggregate of this.aggregates) aggregate.ensureKeys(size)
  }

  /** Drops keys and values that no tile holds once they are the greater part. Call it when all output is flushed. */
  compact(): void {
    const valuesDropped = compactValues(this.aggregates, this.tiles.all())
    const keysDue = this.keys.size > this.#compactAt
    if (!keysDue && !valuesDropped) return
    if (keysDue) this.#compactKeys()
    this.rebuildRunning()
  }

  get bytes(): number {
    return (
      this.tiles.bytes +
      this.keys.bytes +
      this.held.bytes +
      this.aggregates.reduce((sum, { bytes }) => sum + bytes, 0) +
      bytesIn(this.#tilesOfKey, this.#slots, this.#emitted)
    )
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.keys.size, values: distinctValues(this.aggregates) }
  }

  #compactKeys(): void {
    this.keys = compactKeys(this.keys, this.tiles.all())
    this.#compactAt = Math.max(KEYS_MIN, this.keys.size * 2)
  }

  /** Makes the running window anew from the tiles it holds. */
  rebuildRunning(): void {
    this.#tilesOfKey = new Int32Array(0)
    for (const aggregate of this.aggregates) aggregate.reset()
    this.#ensureKeys()
    for (const tile of this.tiles.all()) {
      if (tile.index >= this.fired || this.plan.tilesPerWindow === 1) continue
      tile.entered = false
      this.#enter(tile)
    }
  }
}
