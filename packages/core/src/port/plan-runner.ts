import type { Field } from '@millrace/columnar'
import type { CheckedPlan } from '../plan/checked-plan.ts'
import type { MapFunctions } from '../plan/map-function.ts'
import type { MapRefusal } from '../plan/row-function.ts'

/** A JavaScript value of a column: int64 is a number when safe, else a bigint; timestamps are epoch ms; dates are days; bytes a Uint8Array. */
export type Value = null | boolean | number | bigint | string | Uint8Array

/** A decoded, stamped row of `plan-run`; `values` follow the source's fields. */
export interface StampedRow {
  readonly source: string
  readonly split: string
  readonly arrival: number
  /** The source's watermark before this record, epoch ms. */
  readonly watermark: number
  readonly values: readonly Value[]
}

/** One refused or partly refused row at one operator. */
export interface LateEntry {
  readonly source: string
  readonly arrival: number
  readonly late: 'all' | 'some'
  readonly windows_missed: number
  readonly node: string
}

/** A row that a map's function threw at, or gave another shape for. */
export interface MapDeadLetter extends MapRefusal {
  readonly node: string
  /** Of the record that the row comes from; null behind what gathers rows. */
  readonly source: string | null
  readonly arrival: number | null
}

export interface PlanResult {
  /** User columns of the plan's output. */
  readonly columns: readonly Field[]
  /** Final rows in any order, values as in `Value`. */
  readonly rows: readonly (readonly Value[])[]
  readonly late: readonly LateEntry[]
  /** Rows that maps refused, in any order; absent where the plan has no map. */
  readonly dead?: readonly MapDeadLetter[]
  /** What was said of rows, in order of emission, by engines that correct theirs; the final rows are what is left of it. */
  readonly changes?: readonly RowChange[]
}

/** A row that is new (`+I`), takes a row back (`-U`, `-D`), or stands for one that was taken back (`+U`). */
export interface RowChange {
  readonly op: '+I' | '-U' | '+U' | '-D'
  readonly values: readonly Value[]
}

export interface PlanRunOptions {
  readonly mode: 'as_served' | 'exact'
  /** Rows per batch where the engine has batches. */
  readonly batchRows?: number
  readonly workers?: number
  /** The functions that the plan's maps name. */
  readonly functions?: MapFunctions
}

/** Runs a checked plan over stamped rows in memory; what the engines have in common for `plan-run` and the conformance suite. */
export interface PlanRunner {
  readonly engine: string
  run(plan: CheckedPlan, rows: readonly StampedRow[], options: PlanRunOptions): Promise<PlanResult>
}
