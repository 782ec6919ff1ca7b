import { takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { DedupePlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { bytesIn, grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { GatheredRows } from './gathered-rows.ts'
import type { OrderedRows } from './ordered-rows.ts'
import { RowHold } from './row-hold.ts'
import { keptSystemColumns, parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'

/** A key table below this size is not made anew. */
const KEYS_MIN = 4096

/**
 * Drops repeats of a key.
 * 1. Rows wait until no row before them comes any more, and are then looked at in order.
 * 2. A row is dropped when the last row of its key, dropped or not, lies at most the horizon before it.
 * 3. Rows are kept, as keys and times, while another could be compared with them.
 */
export class DedupeOperator implements RowOperator {
  readonly #plan: DedupePlan
  readonly #options: RowOperatorOptions
  readonly #waiting: RowHold
  readonly #seen: RowHold
  #keys: KeyTable
  /** By key id: time of its last row. */
  #last = new Float64Array(0)
  #compactAt = KEYS_MIN

  constructor(plan: DedupePlan, options: RowOperatorOptions) {
    const { columns } = options.inputs[0]
    const identity = new Set([plan.rows.time, ...plan.rows.keys])
    this.#plan = plan
    this.#options = options
    this.#waiting = new RowHold(plan.rows, columns)
    this.#seen = new RowHold(
      { ...plan.rows, heldBy: plan.rows.time, arrival: null, position: null, ties: [] },
      columns.filter(({ register }) => identity.has(register)),
    )
    this.#keys = new KeyTable(plan.rows.keyFields)
  }

  push(_input: number, frame: Frame): void {
    this.#waiting.push(frame)
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const rows = this.#waiting.take(progress)
    if (rows !== undefined) {
      const first = this.#firsts(rows)
      for (const part of parts(first.length))
        this.#give(
          rows,
          part.map((place) => first[place]),
          availableAt,
        )
      this.#seen.keep(rows)
    }
    this.#seen.drop(progress - this.#plan.horizonMs)
  }

  #firsts(rows: OrderedRows): Int32Array {
    const { times } = rows
    const keyIds = this.#idsOf(rows)
    const first = new Int32Array(rows.rows)
    let size = 0
    for (let row = 0; row < rows.rows; row++) {
      const key = keyIds[row]
      if (times[row] - this.#last[key] > this.#plan.horizonMs) first[size++] = row
      this.#last[key] = times[row]
    }
    return first.subarray(0, size)
  }

  #idsOf(rows: OrderedRows): Int32Array {
    const columns = this.#plan.rows.keys.map((register) => rows.column(register))
    const ids = this.#keys.idsOf(columns, { selection: null, count: rows.rows, rows: rows.rows })
    const known = this.#last.length
    this.#last = grown(this.#last, this.#keys.size)
    this.#last.fill(Number.NEGATIVE_INFINITY, known)
    return ids
  }

  #give(rows: OrderedRows, chosen: Int32Array, availableAt: number): void {
    const { counters, onOutput } = this.#options
    const take = (column: Parameters<typeof takeColumn>[0]) => takeColumn(column, chosen)
    counters.rowsOut += chosen.length
    onOutput(
      new GatheredRows(
        chosen.length,
        new Map([
          ...keptSystemColumns(rows, this.#plan.rows, { rows: chosen.length, availableAt, take }),
          ...this.#plan.rows.columns.map(({ name, register }) => [name, () => take(rows.column(register))] as const),
        ]),
      ),
    )
  }

  get dueAt(): number {
    return this.#waiting.least
  }

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    if (this.#keys.size <= this.#compactAt) return
    this.#rebuild()
    this.#compactAt = Math.max(KEYS_MIN, this.#keys.size * 2)
  }

  /** Numbers the keys anew, from the rows that are kept. */
  #rebuild(): void {
    this.#keys = new KeyTable(this.#plan.rows.keyFields)
    this.#last = new Float64Array(0)
    const rows = this.#seen.all()
    if (rows === undefined) return
    const keyIds = this.#idsOf(rows)
    for (let row = 0; row < rows.rows; row++) this.#last[keyIds[row]] = rows.times[row]
  }

  get bytes(): number {
    return this.#waiting.bytes + this.#seen.bytes + this.#keys.bytes + bytesIn(this.#last)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: 0 }
  }

  *takePages(): Generator<StatePage> {
    yield* this.#waiting.takePages('waiting')
    yield* this.#seen.takePages('seen')
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    this.#waiting.restore('waiting', pages, progress)
    this.#seen.restore('seen', pages, progress - this.#plan.horizonMs)
    this.#rebuild()
  }
}
