import { type Batch, type Column, takeColumn } from '@millrace/columnar'
import type { Frame } from '../operator/frame.ts'
import { IntervalJoinOperator } from '../operator/interval-join-operator.ts'
import { restoreJoinPages, takeJoinPages } from '../operator/join/join-pages.ts'
import type { FunctionSource } from '../operator/ordered/map-operator.ts'
import type { JoinOperatorPlan, OutputOperatorPlan, WindowOperatorPlan } from '../operator/physical-plan.ts'
import type { RowSource } from '../operator/row-source.ts'
import type { KeptPage, StatePage } from '../operator/state-page.ts'
import { restoreStatePages, takeStatePages } from '../operator/window/state-pages.ts'
import { OUTPUT_ROWS_MAX } from '../operator/window/window-output.ts'
import { WindowAggregateOperator } from '../operator/window-aggregate-operator.ts'
import { newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import type { InputTarget } from './input-runner.ts'

/** What an operator keeps in the `meta` page. */
export type OperatorMeta = Readonly<Record<string, number | null>>

/** An operator as its stage drives it. */
export interface OperatorRunner {
  readonly counters: WindowCounters
  readonly pendingRows: number
  /** By input. */
  readonly targets: readonly InputTarget[]
  /** No row before it leaves the operator any more, given how far its inputs have come. */
  progress(inputs: readonly number[]): number
  /** Gives what the inputs' progress closes. */
  advance(inputs: readonly number[], availableAt: number): void
  /** Gives everything that is open, about 16,384 rows at a time; false when nothing is left. */
  finishSome(availableAt: number): boolean
  /** What is taken in next comes after all that was taken in before. */
  settle?(): void
  /** Hands on the rows that it collected. */
  flush(): void
  /** Makes its tables smaller where that is due; everything is handed on. */
  compact(): void
  /** Bytes that its state takes in memory, about. */
  readonly bytes: number
  readonly tableSizes: { readonly keys: number; readonly values: number }
  takePages(): Iterable<StatePage>
  readonly meta: OperatorMeta
  /** The least progress of any input at which it has something to do; not known: any. */
  readonly dueAt?: number
  /** Whether there is more to do with what it was told than it did at once: `goOn` does a part of it. */
  readonly passing?: boolean
  goOn?(): void
  /** Whether what it holds should be committed at once. */
  readonly mustCommit?: boolean
  /** Takes up what it put off; true while there is something to do. */
  catchUp?(): boolean
  /** Begins to take up all rows that wait for memory. */
  takeUp?(): void
  restore(meta: OperatorMeta, pages: readonly KeptPage[]): void
}

export interface OperatorOptions {
  readonly mode: 'as_served' | 'exact'
  readonly onOutput: (rows: RowSource) => void
}

export interface RowRunnerOptions extends OperatorOptions {
  /** Takes rows that a map's function refused. */
  readonly onDead: (batch: Batch) => void
  readonly functionOf: FunctionSource
}

const NO_TABLES = { keys: 0, values: 0 }

/** The number as JSON holds it; infinity is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

export function windowRunner(plan: WindowOperatorPlan, { mode, onOutput }: OperatorOptions): OperatorRunner {
  const [input] = plan.inputs
  const operator = new WindowAggregateOperator(plan.window, {
    mode,
    columns: input.columns,
    registers: input.pipeline.registers,
    onOutput: (rows, columns) => onOutput({ rows, column: (name) => columns.get(name) as Column }),
  })
  const judges = plan.window.rows === 'stamped'
  return {
    counters: operator.counters,
    get pendingRows() {
      return operator.pendingRows
    },
    targets: [{ push: (frame, ingestedAt) => operator.push(frame, ingestedAt), late: judges ? operator.late : null }],
    progress: ([only]) => only,
    advance: ([only], availableAt) => operator.advance(only, availableAt),
    finishSome: (availableAt) => operator.finishSome(availableAt, OUTPUT_ROWS_MAX),
    flush: () => operator.flush(),
    compact: () => operator.compact(),
    get bytes() {
      return operator.bytes
    },
    get tableSizes() {
      return operator.tableSizes
    },
    takePages: () => takeStatePages(operator),
    get meta() {
      return { fired: finite(operator.fired) }
    },
    get dueAt() {
      return operator.dueAt
    },
    restore: (meta, pages) => {
      operator.fired = meta.fired ?? Number.NEGATIVE_INFINITY
      restoreStatePages(operator, pages)
    },
  }
}

export function joinRunner(plan: JoinOperatorPlan, { mode, onOutput }: OperatorOptions): OperatorRunner {
  const [left, right] = plan.inputs
  const operator = new IntervalJoinOperator(plan.join, { mode, left: left.columns, right: right.columns, onOutput })
  return {
    counters: operator.counters,
    pendingRows: 0,
    targets: [
      { push: (frame) => operator.pushLeft(frame), late: null },
      { push: (frame) => operator.pushRight(frame), late: null },
    ],
    progress: () => operator.progress,
    advance: ([ofLeft, ofRight], availableAt) => operator.advance(ofLeft, ofRight, availableAt),
    finishSome: (availableAt) => {
      operator.finish(availableAt)
      return false
    },
    flush: () => {},
    compact: () => {},
    get bytes() {
      return operator.bytes
    },
    get tableSizes() {
      return { keys: operator.keys.size, values: 0 }
    },
    takePages: () => takeJoinPages(operator),
    get dueAt() {
      return plan.join.how === 'left' ? operator.left.least + plan.join.upperMs : Number.POSITIVE_INFINITY
    },
    get meta() {
      return { left: finite(operator.leftProgress), right: finite(operator.rightProgress) }
    },
    restore: (meta, pages) => {
      operator.leftProgress = meta.left ?? Number.NEGATIVE_INFINITY
      operator.rightProgress = meta.right ?? Number.NEGATIVE_INFINITY
      restoreJoinPages(operator, pages)
    },
  }
}

/** The end of a plan; what comes to it is counted, in case the plan has no time operator. */
export function outputRunner(plan: OutputOperatorPlan, onBatch: (batch: Batch) => void): OperatorRunner {
  const counters = newWindowCounters()
  const push = (frame: Frame): void => {
    counters.rowsIn += frame.count
    counters.rowsCounted += frame.count
    counters.rowsOut += frame.count
    onBatch(batchOf(plan, frame))
  }
  return {
    counters,
    pendingRows: 0,
    targets: [{ push, late: null }],
    progress: ([only]) => only,
    advance: () => {},
    finishSome: () => false,
    flush: () => {},
    compact: () => {},
    bytes: 0,
    tableSizes: NO_TABLES,
    takePages: () => [],
    meta: {},
    restore: () => {},
  }
}

function batchOf({ registers, fields }: OutputOperatorPlan, frame: Frame): Batch {
  const rows = frame.selection === null ? null : frame.selectedRows()
  const columns = registers.map((register) => {
    const column = frame.column(register)
    return rows === null ? column : takeColumn(column, rows)
  })
  return { rows: frame.count, fields, columns }
}
