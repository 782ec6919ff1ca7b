import { type Batch, type BooleanColumn, type Column, concatBatches, takeColumn, takeRows } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { LatestPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { KeyTable } from '../window/key-table.ts'
import { CHANGE, changeColumn } from './change.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { type KeptRow, KeptRows } from './kept-rows.ts'
import { batchOfFrame, OrderedRows, orderComparer, placesInOrder } from './ordered-rows.ts'
import { parts, type RowOperator, type RowOperatorOptions, tieColumns } from './row-operator.ts'

/** Current rows of some keys and new ones, all in one batch: those that were current come first. */
interface Candidates {
  readonly batch: Batch
  readonly keyIds: Int32Array
  readonly current: number
}

/**
 * One current row per key: the last in the order of event time and tie. Rows are looked at as they come; what changes is given as
 * corrections. A row that removes its key stays, unseen, to be compared with.
 */
export class LatestOperator implements RowOperator {
  readonly #plan: LatestPlan
  readonly #options: RowOperatorOptions
  readonly #kept = new KeptRows()
  readonly #current = new Map<number, KeptRow>()
  readonly #keys: KeyTable

  constructor(plan: LatestPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#keys = new KeyTable(plan.rows.keyFields)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const batch = batchOfFrame(frame, this.#options.inputs[0].columns)
    const candidates = this.#candidates(batch)
    this.#settle(candidates, lastOfKeys(candidates, this.#plan), ingestedAt)
  }

  #idsOf(batch: Batch): Int32Array {
    const rows = new OrderedRows(batch, this.#plan.rows.time)
    const columns = this.#plan.rows.keys.map((register) => rows.column(register))
    return this.#keys.idsOf(columns, { selection: null, count: batch.rows, rows: batch.rows })
  }

  #candidates(batch: Batch): Candidates {
    const newIds = this.#idsOf(batch)
    const found: { readonly key: number; readonly row: KeptRow }[] = []
    for (const key of new Set(newIds)) {
      const row = this.#current.get(key)
      if (row !== undefined) found.push({ key, row })
    }
    if (found.length === 0) return { batch, keyIds: newIds, current: 0 }
    const known = [...Map.groupBy(found, ({ row }) => row.chunk)]
    const rows = known.map(([chunk, ofChunk]) =>
      takeRows(
        chunk.batch,
        Int32Array.from(ofChunk, ({ row }) => row.row),
      ),
    )
    const keys = known.flatMap(([, ofChunk]) => ofChunk.map(({ key }) => key))
    return { batch: concatBatches([...rows, batch]), keyIds: Int32Array.from([...keys, ...newIds]), current: keys.length }
  }

  #settle({ batch, keyIds, current }: Candidates, last: ReadonlyMap<number, number>, availableAt: number): void {
    const before = new Map(Array.from({ length: current }, (_, place) => [keyIds[place], place]))
    const removed = this.#removed(batch)
    const places: number[] = []
    const changes: number[] = []
    const kept: number[] = []
    const give = (place: number, change: number): void => {
      places.push(place)
      changes.push(change)
    }
    for (const [key, place] of last) {
      if (place < current) continue
      const old = before.get(key)
      const seen = old !== undefined && !removed(old)
      if (seen) give(old, removed(place) ? CHANGE.remove : CHANGE.before)
      if (!removed(place)) give(place, seen ? CHANGE.after : CHANGE.insert)
      kept.push(place)
    }
    this.#give(batch, { places, changes }, availableAt)
    this.#keep(
      chosenRows(batch, kept),
      Int32Array.from(kept, (place) => keyIds[place]),
    )
  }

  #removed(batch: Batch): (place: number) => boolean {
    const { deleted, rows } = this.#plan
    if (deleted === null) return () => false
    const { values, nulls } = new OrderedRows(batch, rows.time).column(deleted) as BooleanColumn
    return (place) => values[place] === 1 && (nulls === null || nulls[place] === 0)
  }

  #give(batch: Batch, rows: { readonly places: readonly number[]; readonly changes: readonly number[] }, availableAt: number): void {
    const all = new OrderedRows(batch, this.#plan.rows.time)
    for (const part of parts(rows.places.length)) {
      const chosen = part.map((at) => rows.places[at])
      const whole = isAll(batch, chosen)
      const columnOf = (register: number) => (): Column => (whole ? all.column(register) : takeColumn(all.column(register), chosen))
      this.#options.counters.rowsOut += chosen.length
      this.#options.onOutput(
        new GatheredRows(
          chosen.length,
          new Map<string, () => Column>([
            ['_event_time', columnOf(this.#plan.rows.time)],
            ['_available_at', () => sameTime(chosen.length, availableAt)],
            ...tieColumns(this.#plan.rows, columnOf),
            ['_op', () => changeColumn(part.map((at) => rows.changes[at]))],
            ...this.#plan.rows.columns.map(({ name, register }): [string, () => Column] => [name, columnOf(register)]),
          ]),
        ),
      )
    }
  }

  #keep(batch: Batch, keyIds: Int32Array): void {
    if (batch.rows === 0) return
    const chunk = this.#kept.add(batch, keyIds)
    for (const [row, key] of keyIds.entries()) this.#replace(key, { chunk, row })
    this.#kept.settle((key, to) => this.#current.set(key, to))
  }

  #replace(key: number, row: KeptRow): void {
    const old = this.#current.get(key)
    if (old !== undefined) this.#kept.kill(old.chunk, old.row)
    this.#current.set(key, row)
  }

  fire(): void {}

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  /** A key stays for ever, so its id does. */
  compact(): void {}

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: 0 }
  }

  takePages(): Iterable<StatePage> {
    return this.#kept.takePages('current')
  }

  restore(pages: readonly KeptPage[]): void {
    this.#kept.restore('current', pages, (batch) => this.#idsOf(batch))
    const { chunks } = this.#kept
    if (chunks.length === 0) return
    const places = chunks.flatMap((chunk) => Array.from(chunk.keyIds, (key, row) => ({ key, row: { chunk, row } })))
    const batch = concatBatches(chunks.map((chunk) => chunk.batch))
    for (const place of placesInOrder(batch, this.#plan.rows)) this.#replace(places[place].key, places[place].row)
    this.#kept.settle((key, to) => this.#current.set(key, to))
  }
}

/** By key: the place of the last candidate. */
function lastOfKeys({ batch, keyIds }: Candidates, plan: LatestPlan): ReadonlyMap<number, number> {
  const compare = orderComparer(batch, plan.rows)
  const last = new Map<number, number>()
  for (let place = 0; place < keyIds.length; place++) {
    const before = last.get(keyIds[place])
    if (before === undefined || compare(before, place) < 0) last.set(keyIds[place], place)
  }
  return last
}

/** All rows of a batch where they are chosen in their order; else those that are. */
function chosenRows(batch: Batch, chosen: readonly number[]): Batch {
  return isAll(batch, chosen) ? batch : takeRows(batch, Int32Array.from(chosen))
}

function isAll({ rows }: Batch, chosen: ArrayLike<number>): boolean {
  if (chosen.length !== rows) return false
  for (let row = 0; row < rows; row++) if (chosen[row] !== row) return false
  return true
}
