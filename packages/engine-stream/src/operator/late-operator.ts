import { type Batch, type Column, Dictionary, takeColumn } from '@millrace/columnar'
import type { Frame } from './frame.ts'
import type { LateRows } from './late-rows.ts'
import type { WindowPlan } from './physical-plan.ts'
import { PipelineOperator } from './pipeline-operator.ts'

/** Makes batches of refused rows: the columns that reached the window, with their stamps and what was missed. */
export class LateOperator {
  readonly #plan: WindowPlan
  readonly #pipeline: PipelineOperator

  constructor(plan: WindowPlan) {
    this.#plan = plan
    this.#pipeline = new PipelineOperator({ ...plan.late, registers: 0 })
  }

  /** The batch of the late rows of a frame, or undefined when there are none or they are only counted. */
  batchOf(frame: Frame, late: LateRows, columnOf: (name: string) => Column): Batch | undefined {
    if (late.size === 0 || !this.#plan.late.keep) return undefined
    const rows = late.rows.slice(0, late.size)
    this.#pipeline.load(frame, columnOf)
    frame.selection = rows
    frame.count = rows.length
    this.#pipeline.run(frame)
    const columns = this.#plan.late.outputs.map((register) => takeColumn(frame.column(register), rows))
    return { rows: rows.length, fields: this.#plan.late.fields, columns: [...columns, ...this.#verdict(late)] }
  }

  #verdict(late: LateRows): Column[] {
    const codes = new Int32Array(late.size)
    const missed = Int32Array.from(late.missed.subarray(0, late.size))
    for (let k = 0; k < late.size; k++) codes[k] = late.missed[k] < this.#plan.tilesPerWindow ? 1 : 0
    const text = (values: Int32Array, texts: readonly string[]): Column => ({
      kind: 'string',
      codes: values,
      dictionary: Dictionary.fromTexts(texts),
      nulls: null,
    })
    const verdict: Column = { kind: 'string', codes, dictionary: Dictionary.fromTexts(['all', 'some']), nulls: null }
    return [
      takeColumn(verdict, Int32Array.from(codes.keys())),
      { kind: 'int32', values: missed, nulls: null },
      text(new Int32Array(late.size), [this.#plan.node]),
    ]
  }
}
