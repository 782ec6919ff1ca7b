import type { BooleanColumn, Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { OutputColumn } from '../window/output-column.ts'
import type { Tile, TileState } from '../window/tile.ts'
import type { AggregateInput, EmitCounts, EmitRange, GroupedRows } from './aggregate-state.ts'
import { RowKeys } from './row-keys.ts'

/** Where emitted values go, and the figures that emitting adds to. */
export interface EmitTarget {
  readonly out: OutputColumn
  readonly counts: EmitCounts
}

/**
 * One aggregate of the window operator: how its tiles' states are made and filled, and how the running window, whose groups are key
 * ids, follows when a tile enters or expires.
 */
export interface WindowedAggregate {
  /** Bytes that the running window takes in memory, and the numbering of values. */
  readonly bytes: number
  newTileState(): TileState
  /** Looks at a batch before its rows are added. */
  prepare(frame: Frame): void
  update(tile: Tile, rows: GroupedRows): void
  /** As `update` for a tile that the running window already holds: the rows, whose keys are given, count there as well. */
  updateEntered(tile: Tile, rows: GroupedRows, keys: Int32Array): void
  /** Makes room for key ids below `keys` in the running window. */
  ensureKeys(keys: number): void
  enter(tile: Tile): void
  /** Takes out the earliest of the tiles that the window holds. */
  expire(tile: Tile, entered: () => readonly Tile[]): void
  /** Empties the running window. */
  reset(): void
  emitTile(tile: Tile, range: EmitRange, target: EmitTarget): void
  emitRunning(range: EmitRange, target: EmitTarget, entered: () => readonly Tile[]): void
}

/** What an aggregate sees of a frame: its argument, and which rows count. */
export function inputOf(plan: AggregatePlan, frame: Frame): AggregateInput {
  const column = plan.argument === null ? null : frame.column(plan.argument)
  const where = plan.where === null ? null : (frame.column(plan.where) as BooleanColumn)
  const input = { column, take: takeOf(column, where, frame), ids: null }
  return plan.order === null ? input : { ...input, order: new RowKeys(plan.order, frame) }
}

function takeOf(column: Column | null, where: BooleanColumn | null, frame: Frame): Uint8Array | null {
  const nulls = column?.nulls ?? null
  if (nulls === null && where === null) return null
  if (nulls === null && where?.nulls === null) return where.values
  const take = new Uint8Array(frame.rows)
  const { selection, count } = frame
  for (let k = 0; k < count; k++) {
    const row = selection === null ? k : selection[k]
    const holds = where === null || (where.values[row] === 1 && (where.nulls === null || where.nulls[row] === 0))
    if (holds && (nulls === null || nulls[row] === 0)) take[row] = 1
  }
  return take
}
