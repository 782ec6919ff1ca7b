import { type Batch, concatBatches, takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import { restoreSide, takeSidePages } from '../join/join-pages.ts'
import { JoinSide } from '../join/join-side.ts'
import type { RegisterColumn, RowsPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { KeyTable } from '../window/key-table.ts'
import { inOrder, type OrderedRows } from './ordered-rows.ts'

const NO_KEYS = new KeyTable([])

/** Rows of an input that wait until no row before them comes any more. */
export class RowHold {
  readonly #plan: RowsPlan
  readonly #side: JoinSide

  constructor(plan: RowsPlan, columns: readonly RegisterColumn[]) {
    this.#plan = plan
    const types = new Map(columns.map(({ register, type }) => [register, type]))
    const kept = columns.map(({ register, type }) => ({ name: `r${register}`, type, register }))
    this.#side = new JoinSide({ time: plan.heldBy, availableAt: plan.heldBy, keys: [], columns: kept }, types)
  }

  push(frame: Frame): void {
    if (frame.count > 0) this.#side.keep(this.#side.open(frame, NO_KEYS))
  }

  get bytes(): number {
    return this.#side.bytes
  }

  /** What the row that waits least long is held by; infinity when none waits. */
  get least(): number {
    return this.#side.least
  }

  /** Takes out the rows before `bound`, in order. */
  take(bound: number): OrderedRows | undefined {
    const parts: Batch[] = []
    this.#side.pass(bound, ({ columns, rows }, passed) => {
      const taken = passed.length === rows && isAscending(passed) ? columns : columns.map((column) => takeColumn(column, passed))
      parts.push({ rows: passed.length, fields: this.#side.fields, columns: taken })
    })
    return parts.length === 0 ? undefined : inOrder(concatBatches(parts), this.#plan)
  }

  /** Lets the rows before `bound` go. */
  drop(bound: number): void {
    this.#side.pass(bound, () => {})
  }

  /** Keeps rows that were taken before. */
  keep(rows: OrderedRows): void {
    this.push(rows.frame(Math.max(0, ...this.#side.registers) + 1))
  }

  /** All rows that are kept, in order. */
  all(): OrderedRows | undefined {
    const parts = this.#side.chunks.map((chunk) => ({
      fields: this.#side.fields,
      rows: chunk.live,
      columns: chunk.survivors().rows.columns,
    }))
    return parts.length === 0 ? undefined : inOrder(concatBatches(parts), this.#plan)
  }

  takePages(name: string): Iterable<StatePage> {
    return takeSidePages(this.#side, { name, matched: false })
  }

  /** Fills an empty hold from its pages; rows before `bound` are gone. */
  restore(name: string, pages: readonly KeptPage[], bound: number): void {
    restoreSide(this.#side, { name, pages, keys: NO_KEYS })
    this.drop(bound)
  }
}

function isAscending(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) return false
  return true
}
