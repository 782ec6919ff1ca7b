import type { Batch, Column } from '@millrace/columnar'
import { Frame } from '../operator/frame.ts'
import { LateJudge } from '../operator/late-judge.ts'
import { LateOperator } from '../operator/late-operator.ts'
import type { LateRows } from '../operator/late-rows.ts'
import type { InputPlan, RegisterColumn } from '../operator/physical-plan.ts'
import { PipelineOperator } from '../operator/pipeline-operator.ts'
import type { RowSource } from '../operator/row-source.ts'
import type { WindowCounters } from '../operator/window-counters.ts'

/** What takes the rows of an input: an operator, or an exchange on the way to one. */
export interface InputTarget {
  push(frame: Frame, ingestedAt: number): void
  /** Rows of the last push that it refused itself. */
  readonly late: LateRows | null
}

export interface InputOptions {
  readonly mode: 'as_served' | 'exact'
  readonly target: InputTarget
  /** Tiles per window of a target that judges itself. */
  readonly tilesPerWindow: number
  readonly onLate: (batch: Batch) => void
}

/** Brings rows to what reads them: filters and computes, and refuses late ones where they are judged before their operator. */
export class InputRunner {
  readonly #pipeline: PipelineOperator
  readonly #judge: LateJudge | null
  readonly #lateOperator: LateOperator | null
  readonly #options: InputOptions

  constructor(plan: InputPlan, options: InputOptions) {
    this.#pipeline = new PipelineOperator(plan.pipeline)
    this.#judge = plan.judge === null ? null : new LateJudge(plan.judge)
    this.#lateOperator = plan.late === null ? null : new LateOperator(plan.late, this.#judge?.tilesPerWindow ?? options.tilesPerWindow)
    this.#options = options
  }

  /** Figures of the judgement, where it is made here. */
  get counters(): WindowCounters | null {
    return this.#judge?.counters ?? null
  }

  take(source: RowSource, ingestedAt: number): void {
    const columnOf = (name: string): Column => source.column(name)
    const frame = this.#pipeline.open(source.rows, columnOf)
    this.#pipeline.run(frame)
    if (frame.count === 0) return
    if (this.#judge !== null) this.#judgeRows(this.#judge, frame, columnOf)
    const { target } = this.#options
    if (frame.count > 0) target.push(frame, ingestedAt)
    if (target.late !== null) this.#handOut(frame, target.late, columnOf)
  }

  #judgeRows(judge: LateJudge, frame: Frame, columnOf: (name: string) => Column): void {
    if (this.#options.mode === 'exact') {
      judge.counters.rowsIn += frame.count
      judge.counters.rowsCounted += frame.count
      return
    }
    judge.judge(frame)
    this.#handOut(frame, judge.late, columnOf)
  }

  #handOut(frame: Frame, late: LateRows, columnOf: (name: string) => Column): void {
    const batch = this.#lateOperator?.batchOf(frame, late, columnOf)
    if (batch !== undefined) this.#options.onLate(batch)
  }
}

/** The name under which a register travels through an exchange. */
export function travelName(register: number): string {
  return `r${register}`
}

/** Puts rows that came through an exchange back into their registers. */
export function arrivedFrame(source: RowSource, columns: readonly RegisterColumn[], registers: number): Frame {
  const frame = new Frame(source.rows, registers)
  for (const { register } of columns) frame.registers[register] = source.column(travelName(register))
  return frame
}
