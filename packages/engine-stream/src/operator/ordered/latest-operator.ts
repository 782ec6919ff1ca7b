import { type Batch, type BooleanColumn, type Column, takeColumn, takeRows } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { LatestPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { bytesIn, grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { CHANGE, changeColumn } from './change.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { batchOfFrame, columnsComparer, orderComparer, registerColumn } from './ordered-rows.ts'
import { parts, type RowOperator, type RowOperatorOptions, tieColumns } from './row-operator.ts'
import { idsFrom, StoredRows } from './stored-rows.ts'
import type { RowComparer } from './value-order.ts'

/** Rows by id, and what is said of each. */
interface SaidRows {
  readonly ids: number[]
  readonly changes: number[]
}

/**
 * One current row per key: the last in the order of event time and tie. Rows are looked at as they come; what changes is given as
 * corrections. A row that removes its key stays, unseen, to be compared with.
 */
export class LatestOperator implements RowOperator {
  readonly #plan: LatestPlan
  readonly #options: RowOperatorOptions
  readonly #keys: KeyTable
  readonly #rows: StoredRows
  /** By key: its current row, plus one; by row: its key. */
  #current = new Int32Array(64)
  #keyOf = new Int32Array(64)
  /** By key, while a batch is looked at: the place of its last row, plus one. */
  #last = new Int32Array(64)

  constructor(plan: LatestPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#keys = new KeyTable(plan.rows.keyFields)
    this.#rows = new StoredRows('current', options.inputs[0].columns)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const batch = batchOfFrame(frame, this.#options.inputs[0].columns)
    const keys = this.#keysOf(batch)
    const chosen = this.#lastOfKeys(batch, keys)
    const last = chosen.length === batch.rows ? batch : takeRows(batch, chosen)
    const first = this.#keep(
      last,
      chosen.map((row) => keys[row]),
    )
    const gone: SaidRows = { ids: [], changes: [] }
    const come: SaidRows = { ids: [], changes: [] }
    const compare = columnsComparer((register) => this.#rows.view(register), this.#plan.rows)
    const removes = this.#removes()
    for (let id = first; id < this.#rows.size; id++) this.#settle(id, { gone, come, compare, removes })
    const isWhole = gone.ids.length === 0 && come.ids.length === last.rows
    this.#give({ ids: [...gone.ids, ...come.ids], changes: [...gone.changes, ...come.changes] }, isWhole ? last : null, ingestedAt)
  }

  #keysOf(batch: Batch): Int32Array {
    const columns = this.#plan.rows.keys.map((register) => registerColumn(batch, register))
    return this.#keys.idsOf(columns, { selection: null, count: batch.rows, rows: batch.rows })
  }

  /** The last row of each key that the batch has, in the order of the batch. */
  #lastOfKeys(batch: Batch, keys: Int32Array): Int32Array {
    this.#last = grown(this.#last, this.#keys.size)
    const last = this.#last
    const compare = orderComparer(batch, this.#plan.rows)
    for (let row = 0; row < batch.rows; row++) {
      const before = last[keys[row]]
      if (before === 0 || compare(before - 1, row) < 0) last[keys[row]] = row + 1
    }
    const chosen = idsFrom(0, batch.rows).filter((row) => last[keys[row]] === row + 1)
    for (let row = 0; row < batch.rows; row++) last[keys[row]] = 0
    return chosen
  }

  #keep(batch: Batch, keys: Int32Array): number {
    const first = this.#rows.append(batch)
    this.#keyOf = grown(this.#keyOf, this.#rows.size)
    this.#current = grown(this.#current, this.#keys.size)
    this.#keyOf.set(keys, first)
    return first
  }

  /** Lets a new row take the place of its key's current one where it comes after it. */
  #settle(
    id: number,
    {
      gone,
      come,
      compare,
      removes,
    }: { readonly gone: SaidRows; readonly come: SaidRows; readonly compare: RowComparer; readonly removes: (id: number) => boolean },
  ): void {
    const key = this.#keyOf[id]
    const old = this.#current[key] - 1
    if (old >= 0 && compare(old, id) > 0) {
      this.#rows.setGone(id, 1)
      return
    }
    if (old >= 0) this.#rows.setGone(old, 1)
    this.#current[key] = id + 1
    const wasSeen = old >= 0 && !removes(old)
    const isSeen = !removes(id)
    if (wasSeen) say(gone, old, isSeen ? CHANGE.before : CHANGE.remove)
    if (isSeen) say(come, id, wasSeen ? CHANGE.after : CHANGE.insert)
  }

  /** Whether a row removes its key. */
  #removes(): (id: number) => boolean {
    const { deleted } = this.#plan
    if (deleted === null) return () => false
    const { values, nulls } = this.#rows.view(deleted) as BooleanColumn
    return (id) => values[id] === 1 && (nulls === null || nulls[id] === 0)
  }

  /** @param whole the batch whose rows are all given, in their order, where it is so */
  #give({ ids, changes }: SaidRows, whole: Batch | null, availableAt: number): void {
    for (const part of parts(ids.length)) {
      const chosen = part.map((at) => ids[at])
      const columnOf = (register: number) => (): Column => {
        if (whole === null) return this.#rows.take(register, chosen)
        const column = registerColumn(whole, register)
        return part.length === whole.rows ? column : takeColumn(column, part)
      }
      this.#options.counters.rowsOut += chosen.length
      this.#options.onOutput(
        new GatheredRows(
          chosen.length,
          new Map<string, () => Column>([
            ['_event_time', columnOf(this.#plan.rows.time)],
            ['_available_at', () => sameTime(chosen.length, availableAt)],
            ...tieColumns(this.#plan.rows, columnOf),
            ['_op', () => changeColumn(part.map((at) => changes[at]))],
            ...this.#plan.rows.columns.map(({ name, register }): [string, () => Column] => [name, columnOf(register)]),
          ]),
        ),
      )
    }
  }

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  /** A key stays for ever, so its id does. */
  compact(): void {
    const live = this.#rows.compact()
    if (live === undefined) return
    this.#keyOf = live.map((old) => this.#keyOf[old])
    for (let id = 0; id < live.length; id++) this.#current[this.#keyOf[id]] = id + 1
  }

  get bytes(): number {
    return this.#rows.bytes + this.#keys.bytes + bytesIn(this.#current, this.#keyOf, this.#last)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: 0 }
  }

  takePages(): Iterable<StatePage> {
    return this.#rows.takePages()
  }

  restore(pages: readonly KeptPage[]): void {
    this.#rows.restore(pages, (batch, first) => {
      const keys = this.#keysOf(batch)
      this.#keyOf = grown(this.#keyOf, first + batch.rows)
      this.#current = grown(this.#current, this.#keys.size)
      this.#keyOf.set(keys, first)
      for (let row = 0; row < batch.rows; row++) if (!this.#rows.isGone(first + row)) this.#current[keys[row]] = first + row + 1
    })
  }
}

function say({ ids, changes }: SaidRows, id: number, change: number): void {
  ids.push(id)
  changes.push(change)
}
