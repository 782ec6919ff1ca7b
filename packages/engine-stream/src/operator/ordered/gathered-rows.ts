import type { Column } from '@millrace/columnar'
import type { RowSource } from '../row-source.ts'
import { StreamFault } from '../stream-fault.ts'

/** Rows whose columns are made when they are first asked for. */
export class GatheredRows implements RowSource {
  readonly rows: number
  readonly #make: ReadonlyMap<string, () => Column>
  readonly #columns = new Map<string, Column>()

  constructor(rows: number, make: ReadonlyMap<string, () => Column>) {
    this.rows = rows
    this.#make = make
  }

  column(name: string): Column {
    let column = this.#columns.get(name)
    if (column !== undefined) return column
    const make = this.#make.get(name)
    if (make === undefined) throw new StreamFault('stream/missing-column', `The operator gives no column \`${name}\`.`)
    this.#columns.set(name, (column = make()))
    return column
  }
}

/** A timestamp column of one value. */
export function sameTime(rows: number, time: number): Column {
  return { kind: 'timestamp', values: new Float64Array(rows).fill(time), nulls: null }
}
