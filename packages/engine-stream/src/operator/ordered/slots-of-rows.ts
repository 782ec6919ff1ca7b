import type { Frame } from '../frame.ts'
import type { KeyTable } from '../window/key-table.ts'
import type { Tile } from '../window/tile.ts'

/** The frame's rows and, in parallel, the slots of their keys in a tile, new ones included. */
export function slotsOfRows(
  frame: Frame,
  { registers, keys, tile }: { readonly registers: readonly number[]; readonly keys: KeyTable; readonly tile: Tile },
): { readonly rows: Int32Array; readonly slots: Int32Array } {
  const rows = frame.selectedRows()
  const ids = keys.idsOf(
    registers.map((register) => frame.column(register)),
    frame,
  )
  const slots = new Int32Array(rows.length)
  tile.slotsOf(
    rows.map((row) => ids[row]),
    rows.length,
    slots,
  )
  return { rows, slots }
}
