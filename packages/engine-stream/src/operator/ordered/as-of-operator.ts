import { type Batch, type Column, concatBatches, takeColumn, takeRows } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import { markNullKeys } from '../join/join-side.ts'
import { NULL_KEY } from '../join/key-index.ts'
import type { AsOfJoinPlan, RowsPlan } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { KeyTable } from '../window/key-table.ts'
import { renumbered } from '../window/renumbered.ts'
import { GatheredRows } from './gathered-rows.ts'
import { KEPT_ROW_BYTES, type KeptRow, KeptRows } from './kept-rows.ts'
import { OrderedRows, placesInOrder } from './ordered-rows.ts'
import { RowHold } from './row-hold.ts'
import { keptSystemColumns, parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'
import { NOBODY, RowsOrNone } from './rows-or-none.ts'

/** A key table below this size is not compacted. */
const KEYS_MIN = 4096

/** Right rows that left rows of a firing may find: those that were kept, then those of the firing. */
interface Pool {
  readonly batch: Batch
  /** By row: its time. */
  readonly times: Float64Array
  /** The row of a key that was kept from before, by key id; −1: none. */
  readonly before: Int32Array
  /** Where the rows of the firing begin. */
  readonly from: number
}

/**
 * Each left row with the latest right row of its key.
 * 1. Rows of both sides wait until no row before them comes any more from either, and are then looked at together, in order; of equal
 *    times right comes first, where the join is strict left.
 * 2. Of right's rows the last of each key is kept, until a later one comes or it is too old.
 */
export class AsOfOperator implements RowOperator {
  readonly #plan: AsOfJoinPlan
  readonly #options: RowOperatorOptions
  readonly #left: RowHold
  readonly #right: RowHold
  readonly #kept = new KeptRows()
  readonly #rightFields: Batch['fields']
  /** By key id: its kept row. */
  #current = new Map<number, KeptRow>()
  #keys: KeyTable
  #compactAt = KEYS_MIN

  constructor(plan: AsOfJoinPlan, options: RowOperatorOptions) {
    const [left, right] = options.inputs
    this.#plan = plan
    this.#options = options
    this.#left = new RowHold(plan.left, left.columns)
    this.#right = new RowHold(plan.right, right.columns)
    this.#rightFields = registerFields(right.columns)
    this.#keys = new KeyTable(plan.left.keyFields)
  }

  push(input: number, frame: Frame): void {
    ;(input === 0 ? this.#left : this.#right).push(frame)
  }

  fire(progress: readonly number[], availableAt: number): void {
    const bound = Math.min(...progress)
    const left = this.#left.take(bound)
    const right = this.#right.take(bound)
    const rightKeys = right === undefined ? new Int32Array(0) : this.#idsOf(right, this.#plan.right)
    if (left !== undefined) this.#join(left, { right, rightKeys }, availableAt)
    if (right !== undefined) this.#keep(right, rightKeys)
    this.#dropOld(bound)
  }

  #idsOf(rows: OrderedRows, plan: RowsPlan): Int32Array {
    const columns = plan.keys.map((register) => rows.column(register))
    const ids = this.#keys.idsOf(columns, { selection: null, count: rows.rows, rows: rows.rows })
    markNullKeys(ids, columns)
    return ids
  }

  #join(left: OrderedRows, { right, rightKeys }: { right: OrderedRows | undefined; rightKeys: Int32Array }, availableAt: number): void {
    const leftKeys = this.#idsOf(left, this.#plan.left)
    const pool = this.#poolOf(leftKeys, right)
    const partners = this.#partnersOf({ left, leftKeys, right, rightKeys }, pool)
    const rows = Int32Array.from(partners.keys())
    const kept = this.#plan.how === 'left' ? rows : rows.filter((row) => partners[row] !== NOBODY)
    for (const part of parts(kept.length)) {
      const chosen = part.map((place) => kept[place])
      this.#give(left, { chosen, partners: chosen.map((row) => partners[row]), pool }, availableAt)
    }
  }

  #poolOf(leftKeys: Int32Array, right: OrderedRows | undefined): Pool {
    const before = new Int32Array(this.#keys.size).fill(NOBODY)
    const found = [...new Set(leftKeys)].flatMap((key) => {
      const row = this.#current.get(key)
      return row === undefined ? [] : [{ key, row }]
    })
    let from = 0
    const kept = [...Map.groupBy(found, ({ row }) => row.chunk)].map(([{ batch }, ofChunk]) => {
      for (const { key } of ofChunk) before[key] = from++
      return takeRows(
        batch,
        Int32Array.from(ofChunk, ({ row }) => row.row),
      )
    })
    const all = right === undefined ? kept : [...kept, right.batch]
    const batch = all.length === 0 ? { rows: 0, fields: this.#rightFields, columns: [] } : concatBatches(all)
    return { batch, times: all.length === 0 ? new Float64Array(0) : new OrderedRows(batch, this.#plan.right.time).times, before, from }
  }

  /** By left row: the right row that it is joined with, as a row of the pool. */
  #partnersOf(
    sides: { left: OrderedRows; leftKeys: Int32Array; right: OrderedRows | undefined; rightKeys: Int32Array },
    { times, before: last, from }: Pool,
  ): Int32Array {
    const { left, leftKeys, right, rightKeys } = sides
    const { strict, maxAgeMs } = this.#plan
    const partners = new Int32Array(left.rows).fill(NOBODY)
    let next = 0
    for (let row = 0; row < left.rows; row++) {
      const time = left.times[row]
      for (; right !== undefined && next < right.rows; next++) {
        if (strict ? right.times[next] >= time : right.times[next] > time) break
        if (rightKeys[next] !== NULL_KEY) last[rightKeys[next]] = from + next
      }
      const partner = leftKeys[row] === NULL_KEY ? NOBODY : last[leftKeys[row]]
      if (partner !== NOBODY && (maxAgeMs === null || time - times[partner] <= maxAgeMs)) partners[row] = partner
    }
    return partners
  }

  #give(
    left: OrderedRows,
    { chosen, partners, pool }: { readonly chosen: Int32Array; readonly partners: Int32Array; readonly pool: Pool },
    availableAt: number,
  ): void {
    const take = (column: Column): Column => takeColumn(column, chosen)
    const right = new RowsOrNone(pool.batch, partners)
    this.#options.counters.rowsOut += chosen.length
    this.#options.onOutput(
      new GatheredRows(
        chosen.length,
        new Map([
          ...keptSystemColumns(left, this.#plan.left, { rows: chosen.length, availableAt, take }),
          ...this.#plan.left.columns.map(({ name, register }) => [name, () => take(left.column(register))] as const),
          ...this.#plan.right.columns.map(({ name, register, type }) => [name, () => right.column(register, type)] as const),
        ]),
      ),
    )
  }

  /** Keeps the last row of each key in place of the one that was kept. */
  #keep(right: OrderedRows, keyIds: Int32Array): void {
    const last = new Map<number, number>()
    for (let row = 0; row < right.rows; row++) if (keyIds[row] !== NULL_KEY) last.set(keyIds[row], row)
    if (last.size === 0) return
    const rows = Int32Array.from(last.values())
    const chunk = this.#kept.add(takeRows(right.batch, rows), Int32Array.from(last.keys()))
    for (const [row, key] of chunk.keyIds.entries()) this.#replace(key, { chunk, row })
  }

  #replace(key: number, row: KeptRow): void {
    const old = this.#current.get(key)
    if (old !== undefined) this.#kept.kill(old.chunk, old.row)
    this.#current.set(key, row)
  }

  #dropOld(bound: number): void {
    const { maxAgeMs } = this.#plan
    if (maxAgeMs !== null && bound < Number.POSITIVE_INFINITY && this.#olderDue <= bound) {
      for (const [key, { chunk, row }] of this.#current) {
        if (this.#timesOf(chunk.batch)[row] >= bound - maxAgeMs) continue
        this.#kept.kill(chunk, row)
        this.#current.delete(key)
      }
      this.#olderDue = bound + maxAgeMs / 2
    }
    this.#kept.settle((key, to) => this.#current.set(key, to))
  }

  /** Progress at which old rows are next looked for. */
  #olderDue = Number.NEGATIVE_INFINITY

  #timesOf(batch: Batch): Float64Array {
    return new OrderedRows(batch, this.#plan.right.time).times
  }

  get dueAt(): number {
    return this.#left.least
  }

  progressAfter(progress: readonly number[]): number {
    return Math.min(...progress)
  }

  compact(): void {
    if (this.#keys.size <= this.#compactAt) return
    const used = new Uint8Array(this.#keys.size)
    for (const key of this.#current.keys()) used[key] = 1
    const { table, newIds } = renumbered(used, (live) => this.#keys.compacted(live))
    this.#kept.renumber(newIds)
    this.#current = new Map([...this.#current].map(([key, row]) => [newIds[key], row]))
    this.#keys = table
    this.#compactAt = Math.max(KEYS_MIN, table.size * 2)
  }

  get bytes(): number {
    return this.#left.bytes + this.#right.bytes + this.#kept.bytes + this.#keys.bytes + this.#current.size * KEPT_ROW_BYTES
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: 0 }
  }

  *takePages(): Generator<StatePage> {
    yield* this.#left.takePages('left')
    yield* this.#right.takePages('right')
    yield* this.#kept.takePages('current')
  }

  restore(pages: readonly KeptPage[], progress: readonly number[]): void {
    const bound = Math.min(...progress)
    this.#left.restore('left', pages, bound)
    this.#right.restore('right', pages, bound)
    this.#kept.restore('current', pages, (batch) => this.#idsOf(new OrderedRows(batch, this.#plan.right.time), this.#plan.right))
    this.#findCurrent()
    this.#dropOld(bound)
  }

  /** Of the rows of a key the last is current; those before it were dead when they were written. */
  #findCurrent(): void {
    const { chunks } = this.#kept
    if (chunks.length === 0) return
    const places = chunks.flatMap((chunk) => Array.from(chunk.keyIds, (key, row) => ({ key, row: { chunk, row } })))
    const batch = concatBatches(chunks.map((chunk) => chunk.batch))
    for (const place of placesInOrder(batch, this.#plan.right)) this.#replace(places[place].key, places[place].row)
  }
}
