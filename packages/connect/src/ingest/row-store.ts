import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'

/** Rows of a block under construction. */
export interface RowStore {
  readonly size: number
  /** Takes the values of a row, in the order of the fields. */
  add(values: readonly Value[]): void
  /** What was taken; the store begins anew. */
  take(): Batch
}

/** Rows as they come, which become columns together. */
export class RowList implements RowStore {
  readonly #fields: readonly Field[]
  #rows: (readonly Value[])[] = []

  constructor(fields: readonly Field[]) {
    this.#fields = fields
  }

  get size(): number {
    return this.#rows.length
  }

  add(values: readonly Value[]): void {
    this.#rows.push(values)
  }

  take(): Batch {
    const batch = batchFromRows(this.#fields, this.#rows)
    this.#rows = []
    return batch
  }
}
