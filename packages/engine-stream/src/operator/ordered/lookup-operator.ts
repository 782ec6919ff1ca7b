import { type Batch, type Column, takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import { markNullKeys } from '../join/join-side.ts'
import { NULL_KEY } from '../join/key-index.ts'
import type { LookupPlan, RegisterColumn } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import type { RowSource } from '../row-source.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { changesOf } from './change.ts'
import { CurrentRows } from './current-rows.ts'
import { GatheredRows } from './gathered-rows.ts'
import { LatestOperator } from './latest-operator.ts'
import { batchOfFrame, registerColumn } from './ordered-rows.ts'
import { parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'
import { NOBODY, RowsOrNone } from './rows-or-none.ts'

/**
 * Each left row with right's current row of its key, as it was when the left row came. Right rows that are not corrected themselves
 * are brought to one current row per key first (`LatestOperator`).
 */
export class LookupOperator implements RowOperator {
  readonly #plan: LookupPlan
  readonly #options: RowOperatorOptions
  readonly #current: CurrentRows
  readonly #registers: readonly RegisterColumn[]
  readonly #latest: LatestOperator | null
  readonly #coming: { readonly batch: Batch; readonly changes: Int32Array }[] = []

  constructor(plan: LookupPlan, options: RowOperatorOptions) {
    const [, right] = options.inputs
    this.#plan = plan
    this.#options = options
    this.#registers = right.columns.filter(({ register }) => register !== plan.change)
    const { keys, keyFields } = plan.right
    this.#current = new CurrentRows({ columns: this.#registers, identity: keys, groups: keys, groupFields: keyFields })
    this.#latest = plan.change === null ? this.#newLatest() : null
  }

  #newLatest(): LatestOperator {
    const [, right] = this.#options.inputs
    const columns = this.#registers.map(({ register, type }) => ({ name: `r${register}`, register, type }))
    return new LatestOperator(
      { kind: 'latest', rows: { ...this.#plan.right, columns }, deleted: null },
      { mode: this.#options.mode, inputs: [right], counters: { ...this.#options.counters }, onOutput: (rows) => this.#applyLatest(rows) },
    )
  }

  push(input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    if (input === 0) this.#join(frame)
    else if (this.#latest !== null) this.#latest.push(0, frame, ingestedAt)
    else this.#apply(batchOfFrame(frame, this.#registers), changesOf(frame, this.#plan.change))
  }

  #applyLatest(rows: RowSource): void {
    const fields = registerFields(this.#registers)
    const batch = { rows: rows.rows, fields, columns: fields.map(({ name }) => rows.column(name)) }
    this.#apply(batch, (rows.column('_op') as Column & { readonly kind: 'int32' }).values)
  }

  /** What comes together with a left row did not come before it. */
  #apply(batch: Batch, changes: Int32Array): void {
    this.#coming.push({ batch, changes })
  }

  settle(): void {
    for (const { batch, changes } of this.#coming.splice(0)) this.#current.apply(batch, this.#current.groupsOf(batch), changes)
  }

  #join(frame: Frame): void {
    const batch = batchOfFrame(frame, this.#options.inputs[0].columns)
    const ids = this.#partnersOf(batch)
    const rows = Int32Array.from(ids.keys())
    const kept = this.#plan.how === 'left' ? rows : rows.filter((row) => ids[row] !== NOBODY)
    for (const part of parts(kept.length)) {
      const chosen = part.map((place) => kept[place])
      this.#give(
        batch,
        chosen,
        chosen.map((row) => ids[row]),
      )
    }
  }

  /** By left row: the id of its partner among the current rows. */
  #partnersOf(batch: Batch): Int32Array {
    const columns = this.#plan.leftKeys.map((register) => registerColumn(batch, register))
    const groups = this.#current.groupsBy(columns, batch.rows)
    markNullKeys(groups, columns)
    const known = new Map<number, number>()
    return groups.map((group) => {
      if (group === NULL_KEY) return NOBODY
      const found = known.get(group) ?? this.#current.idsOfGroup(group)[0] ?? NOBODY
      known.set(group, found)
      return found
    })
  }

  #give(left: Batch, chosen: Int32Array, ids: Int32Array): void {
    const found = Int32Array.from(new Set(ids.filter((id) => id !== NOBODY)))
    const places = new Map(Array.from(found, (id, place) => [id, place]))
    const right = new RowsOrNone(
      this.#current.rowsOf(found),
      ids.map((id) => places.get(id) ?? NOBODY),
    )
    this.#options.counters.rowsOut += chosen.length
    this.#options.onOutput(
      new GatheredRows(
        chosen.length,
        new Map<string, () => Column>([
          ...this.#plan.left.map(({ name, register }): [string, () => Column] => [
            name,
            () => takeColumn(registerColumn(left, register), chosen),
          ]),
          ...this.#plan.right.columns.map(({ name, register, type }): [string, () => Column] => [name, () => right.column(register, type)]),
        ]),
      ),
    )
  }

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  /** Right rows are looked at when a left row comes, and are waited for by nobody. */
  progressAfter([left]: readonly number[]): number {
    return left
  }

  compact(): void {
    this.#current.compact()
    this.#latest?.compact()
  }

  get bytes(): number {
    return this.#current.bytes + (this.#latest?.bytes ?? 0)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#current.size, values: 0 }
  }

  *takePages(): Generator<StatePage> {
    this.settle()
    yield* this.#current.takePages()
    if (this.#latest !== null) yield* this.#latest.takePages()
  }

  restore(pages: readonly KeptPage[]): void {
    this.#current.restore(pages)
    this.#latest?.restore(pages)
  }
}
