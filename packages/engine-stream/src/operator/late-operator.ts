import { type Batch, type Column, Dictionary, type Field, takeColumn } from '@millrace/columnar'
import type { Frame } from './frame.ts'
import type { LateRows } from './late-rows.ts'
import type { LatePlan } from './physical-plan.ts'
import { PipelineOperator } from './pipeline-operator.ts'

const VERDICT_FIELDS: readonly Field[] = [
  { name: '_late', type: 'string', nullable: false },
  { name: '_windows_missed', type: 'int32', nullable: false },
]

/** Makes batches of refused rows: the columns that reached the operator, with their stamps and what was missed. */
export class LateOperator {
  readonly #plan: LatePlan
  readonly #pipeline: PipelineOperator
  readonly #tilesPerWindow: number

  constructor(plan: LatePlan, tilesPerWindow: number) {
    this.#plan = plan
    this.#pipeline = new PipelineOperator({ ...plan, registers: 0 })
    this.#tilesPerWindow = tilesPerWindow
  }

  /** The batch of the late rows of a frame, which keeps its selection, or undefined when there are none or they are only counted. */
  batchOf(frame: Frame, late: LateRows, columnOf: (name: string) => Column): Batch | undefined {
    if (late.size === 0 || !this.#plan.keep) return undefined
    const rows = late.rows.slice(0, late.size)
    const { selection, count } = frame
    this.#pipeline.load(frame, columnOf)
    frame.selection = rows
    frame.count = rows.length
    this.#pipeline.run(frame)
    const columns = this.#plan.outputs.map((register) => takeColumn(frame.column(register), rows))
    frame.selection = selection
    frame.count = count
    return { rows: rows.length, fields: [...this.#plan.fields, ...VERDICT_FIELDS], columns: [...columns, ...this.#verdict(late)] }
  }

  #verdict(late: LateRows): Column[] {
    const codes = new Int32Array(late.size)
    const missed = Int32Array.from(late.missed.subarray(0, late.size))
    for (let k = 0; k < late.size; k++) codes[k] = late.missed[k] < this.#tilesPerWindow ? 1 : 0
    const verdict: Column = { kind: 'string', codes, dictionary: Dictionary.fromTexts(['all', 'some']), nulls: null }
    return [takeColumn(verdict, Int32Array.from(codes.keys())), { kind: 'int32', values: missed, nulls: null }]
  }
}
