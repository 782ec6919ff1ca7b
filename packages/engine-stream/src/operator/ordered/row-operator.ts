import type { Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { RegisterColumn, RowsPlan } from '../physical-plan.ts'
import type { RowSource } from '../row-source.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import type { WindowCounters } from '../window-counters.ts'
import { sameTime } from './gathered-rows.ts'
import type { OrderedRows } from './ordered-rows.ts'
import { idsFrom } from './stored-rows.ts'

/** Rows of an output batch. */
export const ROWS_OUT_MAX = 16_384

/** What a row operator is given. */
export interface RowOperatorOptions {
  /** `exact`: no row is late. */
  readonly mode: 'as_served' | 'exact'
  /** By input: registers that it reads, and how many a frame has. */
  readonly inputs: readonly { readonly columns: readonly RegisterColumn[]; readonly registers: number }[]
  readonly counters: WindowCounters
  readonly onOutput: (rows: RowSource) => void
}

/** An operator over whole rows of one partition: what it has said of its rows depends on their set alone. */
export interface RowOperator {
  /** Takes rows that are there since `ingestedAt`. */
  push(input: number, frame: Frame, ingestedAt: number): void
  /** What is pushed next comes after all that was pushed before. */
  settle?(): void
  /** Gives what is decided now that no row before `progress`, by input, comes any more. */
  fire(progress: readonly number[], availableAt: number): void
  /** No row before it leaves the operator any more. */
  progressAfter(progress: readonly number[]): number
  /** The least progress of any input at which there is something to fire; not known: any. */
  readonly dueAt?: number
  /** Makes its tables smaller where that is due. */
  compact(): void
  /** Bytes that its state takes in memory, about. */
  readonly bytes: number
  readonly tableSizes: { readonly keys: number; readonly values: number }
  takePages(): Iterable<StatePage>
  /** Fills a new operator, as after a firing with this progress. */
  restore(pages: readonly KeptPage[], progress: readonly number[]): void
}

/** Rows `[from, to)` of rows in order, as takes of `ROWS_OUT_MAX` at most. */
export function* parts(rows: number): Generator<Int32Array> {
  for (let from = 0; from < rows; from += ROWS_OUT_MAX) yield idsFrom(from, Math.min(ROWS_OUT_MAX, rows - from))
}

/** The system columns of rows that keep their input's time and tie; `take` picks from a column of the input. */
export function keptSystemColumns(
  rows: OrderedRows,
  plan: RowsPlan,
  out: { readonly rows: number; readonly availableAt: number; readonly take: (column: Column) => Column },
): [string, () => Column][] {
  const taken = (register: number) => (): Column => out.take(rows.column(register))
  return [
    ['_event_time', taken(plan.time)],
    ['_available_at', (): Column => sameTime(out.rows, out.availableAt)],
    ...tieColumns(plan, taken),
  ]
}

/** The columns that order rows of one event time, where there are any. */
export function tieColumns({ arrival, position }: RowsPlan, columnOf: (register: number) => () => Column): [string, () => Column][] {
  const columns: [string, number | null][] = [
    ['_arrival', arrival],
    ['_position', position],
  ]
  return columns.flatMap(([name, register]) => (register === null ? [] : [[name, columnOf(register)] as [string, () => Column]]))
}
