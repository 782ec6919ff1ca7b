import type { Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import { renumbered } from '../window/renumbered.ts'
import type { Tile } from '../window/tile.ts'
import { compactedTable, type ValueTable, valueTable } from '../window/value-table.ts'
import type { DistinctState } from './distinct-state.ts'

/** A value table below this size is not compacted. */
const VALUES_MIN = 65_536

/** The values that distinct counts of one argument have numbered, whatever rows each of them counts. */
export class DistinctValues {
  table: ValueTable
  /** By row of the frame that was looked at last: the id of its value. */
  ids: Int32Array = new Int32Array(0)
  readonly #type: string
  /** Places of the counts in the plan. */
  readonly #places: number[] = []
  /** Size of the table at which it is compacted next. */
  #compactAt = VALUES_MIN

  constructor(type: string) {
    this.#type = type
    this.table = valueTable(type)
  }

  /** Takes note of a count; true for the first, which looks at each frame for all. */
  addCount(place: number): boolean {
    return this.#places.push(place) === 1
  }

  look(column: Column, frame: Frame): void {
    this.ids = this.table.idsOf(column, frame)
  }

  /** Whether the table has grown so much that `compact` is due. */
  get compactDue(): boolean {
    return this.table.size > this.#compactAt
  }

  /** Drops values that no tile holds. The running window must be reset and filled again. */
  compact(tiles: readonly Tile[]): void {
    const states = tiles.flatMap((tile) => this.#places.map((place) => tile.states[place] as DistinctState))
    const used = new Uint8Array(this.table.size)
    for (const { values, size } of states) for (let entry = 0; entry < size; entry++) used[values[entry]] = 1
    const { table, newIds } = renumbered(used, (ids) => compactedTable(this.table, { ids, type: this.#type }))
    for (const state of states) state.renumber(newIds)
    this.table = table
    this.#compactAt = Math.max(VALUES_MIN, table.size * 2)
  }
}
