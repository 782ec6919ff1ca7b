import { type Batch, batchFromRows, type Column, columnOf, type Field, takeColumn, type Value, valueAt } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { MapPlan } from '../physical-plan.ts'
import type { StatePage } from '../state-page.ts'
import { StreamFault } from '../stream-fault.ts'
import { GatheredRows } from './gathered-rows.ts'
import type { RowOperator, RowOperatorOptions } from './row-operator.ts'

/** What a function makes of the values of a row: those of its columns, or why it gives none. Throws nothing. */
export type RowFunction = (
  values: readonly Value[],
) => { readonly values: readonly Value[] } | { readonly reason: string; readonly message: string; readonly record: string }

/** Gives the function that a map names. */
export type FunctionSource = (plan: MapPlan) => RowFunction

/** For plans without maps. */
export const NO_FUNCTIONS: FunctionSource = ({ function: { name } }) => {
  throw new StreamFault('stream/no-function', `The plan calls the function \`${name}\`, but its runner was given none.`)
}

/** What a map is given beside. */
export interface MapOperatorOptions extends RowOperatorOptions {
  /** Takes rows that the function refused. */
  readonly onDead: (batch: Batch) => void
  readonly functionOf: FunctionSource
}

/** Rows that a function refused, as a batch. */
export const DEAD_ROW_FIELDS: readonly Field[] = [
  { name: '_source', type: 'string', nullable: true },
  { name: '_arrival', type: 'int64', nullable: true },
  { name: '_event_time', type: 'timestamp', nullable: false },
  { name: 'reason', type: 'string', nullable: false },
  { name: 'message', type: 'string', nullable: false },
  { name: 'record', type: 'string', nullable: false },
]

/** Hands on the rows as they come, with the columns that a function gives for each; those for which it gives none are handed out. */
export class MapOperator implements RowOperator {
  readonly #plan: MapPlan
  readonly #options: MapOperatorOptions
  readonly #call: RowFunction

  constructor(plan: MapPlan, options: MapOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#call = options.functionOf(plan)
  }

  push(_: number, frame: Frame): void {
    const rows = frame.selectedRows()
    const reads = this.#plan.reads.map(({ register }) => frame.column(register))
    const kept = new Int32Array(rows.length)
    const given: (readonly Value[])[] = []
    const dead: Value[][] = []
    for (const row of rows) {
      const outcome = this.#call(reads.map((column) => valueAt(column, row)))
      if ('values' in outcome) kept[given.push(outcome.values) - 1] = row
      else dead.push([...this.#recordOf(frame, row), outcome.reason, outcome.message, outcome.record])
    }
    this.#options.counters.deadLetters += dead.length
    if (dead.length > 0) this.#options.onDead(batchFromRows(DEAD_ROW_FIELDS, dead))
    if (given.length > 0) this.#handOn(frame, kept.subarray(0, given.length), batchFromRows(this.#plan.columns, given))
  }

  #handOn(frame: Frame, rows: Int32Array, given: Batch): void {
    const all = rows.length === frame.rows
    this.#options.counters.rowsOut += rows.length
    this.#options.onOutput(
      new GatheredRows(
        rows.length,
        new Map<string, () => Column>([
          ...this.#plan.kept.map(({ name, register }): [string, () => Column] => [
            name,
            () => (all ? frame.column(register) : takeColumn(frame.column(register), rows)),
          ]),
          ...given.fields.map(({ name }): [string, () => Column] => [name, () => columnOf(given, name) as Column]),
        ]),
      ),
    )
  }

  /** Source, arrival and event time of the record that a row comes from, where it still has its stamp. */
  #recordOf(frame: Frame, row: number): Value[] {
    const { stamp, time } = this.#plan
    const at = (register: number): Value => valueAt(frame.column(register), row)
    const isStamped = stamp !== null && (at(stamp.watermark) as number) > stamp.none
    const source = !isStamped ? null : (stamp.source ?? at(stamp.sourceRegister as number))
    return [source, isStamped ? at(stamp.arrival) : null, at(time)]
  }

  fire(): void {}

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {}

  readonly bytes = 0
  readonly tableSizes = { keys: 0, values: 0 }

  takePages(): Iterable<StatePage> {
    return []
  }

  restore(): void {}
}
