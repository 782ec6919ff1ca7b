import type { Column } from '@millrace/columnar'
import { StreamFault } from './stream-fault.ts'

/**
 * Rows on their way through a pipeline. Columns stay in the row numbers of the batch they came from; a filter only narrows
 * `selection`, the ascending numbers of the rows that are left (null: all), of which the first `count` are valid.
 */
export class Frame {
  readonly rows: number
  readonly registers: (Column | undefined)[]
  selection: Int32Array | null = null
  count: number

  constructor(rows: number, registers: number) {
    this.rows = rows
    this.count = rows
    this.registers = new Array(registers).fill(undefined)
  }

  column(register: number): Column {
    const column = this.registers[register]
    if (column === undefined) throw new StreamFault('stream/empty-register', `Register ${register} was read before a step filled it.`)
    return column
  }

  /** The numbers of the selected rows, in memory of their own. */
  selectedRows(): Int32Array {
    if (this.selection !== null) return this.selection.slice(0, this.count)
    const rows = new Int32Array(this.rows)
    for (let row = 0; row < rows.length; row++) rows[row] = row
    return rows
  }
}
