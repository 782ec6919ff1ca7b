import { type Batch, type BooleanColumn, type Column, decodeBatch, encodeBatch, type Field } from '@millrace/columnar'
import type { RegisterColumn } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { bytesIn, grown } from '../window/growable.ts'
import { RowStore } from './row-store.ts'

/** Rows of one page. */
const PAGE_ROWS_MAX = 4096
/** Fewer rows than these that are gone are not cleared away. */
const GONE_ROWS_MIN = 4096
const NO_HEADER = { watermarkAfter: 0, ingestedAt: 0 }
const GONE_FIELD: Field = { name: 'gone', type: 'boolean', nullable: false }

/**
 * Rows in the order in which they came, of which some are gone: as columns in memory, and as pages.
 * - `<name>/rows/<page>`: up to 4,096 rows; a full page never changes.
 * - `<name>/gone/<page>`: which of them are gone.
 */
export class StoredRows {
  readonly #name: string
  readonly #columns: readonly RegisterColumn[]
  #rows: RowStore
  #gone = new Uint8Array(64)
  #goneRows = 0
  /** Rows that are written, and pages of which rows went since they were last written. */
  #writtenRows = 0
  readonly #goneIn = new Set<number>()
  readonly #pages = new Set<string>()
  readonly #removedPages: string[] = []

  constructor(name: string, columns: readonly RegisterColumn[]) {
    this.#name = name
    this.#columns = columns
    this.#rows = new RowStore(columns)
  }

  get bytes(): number {
    return this.#rows.bytes + bytesIn(this.#gone)
  }

  /** Row ids that are given out. */
  get size(): number {
    return this.#rows.size
  }

  /** Keeps a batch's rows and gives the id of the first. */
  append(batch: Batch): number {
    const first = this.#rows.size
    this.#rows.append(batch)
    this.#gone = grown(this.#gone, this.#rows.size)
    return first
  }

  isGone(id: number): boolean {
    return this.#gone[id] === 1
  }

  setGone(id: number, gone: 0 | 1): void {
    if (this.#gone[id] === gone) return
    this.#gone[id] = gone
    this.#goneRows += gone === 1 ? 1 : -1
    this.#goneIn.add(Math.floor(id / PAGE_ROWS_MAX))
  }

  /** The rows with these ids, gone ones too. */
  rowsOf(ids: Int32Array): Batch {
    return this.#rows.rowsOf(ids)
  }

  /** The values of a register in the rows with these ids, gone ones too. */
  take(register: number, ids: Int32Array): Column {
    return this.#rows.take(register, ids)
  }

  /** The values of a register, each at its row's id, until rows are added. */
  view(register: number): Column {
    return this.#rows.view(register)
  }

  /** Whether the row with this id has the values of a batch's row. */
  equals(id: number, batch: Batch, row: number): boolean {
    return this.#rows.equals(id, batch, row)
  }

  /** Drops what is gone once that is the greater part: gives the old ids of what is left, whose ids are now 0, 1, … */
  compact(): Int32Array | undefined {
    if (this.#goneRows < GONE_ROWS_MIN || this.#goneRows * 2 < this.size) return undefined
    const live = idsFrom(0, this.size).filter((id) => this.#gone[id] === 0)
    const batch = this.rowsOf(live)
    this.#removedPages.push(...this.#pages)
    this.#pages.clear()
    this.#rows = new RowStore(this.#columns)
    this.#gone = new Uint8Array(64)
    this.#goneRows = 0
    this.#goneIn.clear()
    this.#writtenRows = 0
    this.append(batch)
    return live
  }

  *takePages(): Generator<StatePage> {
    for (const key of this.#removedPages.splice(0)) yield { key, value: undefined }
    while (this.#writtenRows < this.size) {
      const page = Math.floor(this.#writtenRows / PAGE_ROWS_MAX)
      const rows = this.#rowsOfPage(page)
      yield this.#written(`rows/${page}`, this.#rows.slice(page * PAGE_ROWS_MAX, rows))
      this.#writtenRows = page * PAGE_ROWS_MAX + rows
    }
    for (const page of this.#goneIn) {
      const rows = this.#rowsOfPage(page)
      const values = this.#gone.subarray(page * PAGE_ROWS_MAX, page * PAGE_ROWS_MAX + rows)
      yield this.#written(`gone/${page}`, { rows, fields: [GONE_FIELD], columns: [{ kind: 'boolean', values, nulls: null }] })
    }
    this.#goneIn.clear()
  }

  #rowsOfPage(page: number): number {
    return Math.min(PAGE_ROWS_MAX, this.size - page * PAGE_ROWS_MAX)
  }

  #written(rest: string, batch: Batch): StatePage {
    const key = `${this.#name}/${rest}`
    this.#pages.add(key)
    return { key, value: encodeBatch(batch, NO_HEADER) }
  }

  /** Fills an empty store. The rows have the ids that they had; `onRows` is told of each page's, the first with this id. */
  restore(pages: readonly KeptPage[], onRows: (batch: Batch, first: number) => void): void {
    const values = new Map(pages.map(({ key, value }) => [key, value]))
    const take = (key: string): Batch | undefined => {
      const value = values.get(key)
      if (value !== undefined) this.#pages.add(key)
      return value === undefined ? undefined : decodeBatch(value).batch
    }
    for (let page = 0; ; page++) {
      const batch = take(`${this.#name}/rows/${page}`)
      if (batch === undefined) break
      const first = this.append(batch)
      const gone = (take(`${this.#name}/gone/${page}`)?.columns[0] as BooleanColumn | undefined)?.values
      for (const [row, flag] of (gone ?? []).entries()) {
        this.#gone[first + row] = flag
        this.#goneRows += flag
      }
      onRows(batch, first)
    }
    this.#writtenRows = this.size
  }
}

/** Ids from one on. */
export function idsFrom(first: number, count: number): Int32Array {
  const ids = new Int32Array(count)
  for (let i = 0; i < count; i++) ids[i] = first + i
  return ids
}
