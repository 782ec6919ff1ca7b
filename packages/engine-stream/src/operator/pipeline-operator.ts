import type { BooleanColumn, Column } from '@millrace/columnar'
import { Frame } from './frame.ts'
import { ExprKernel } from './kernel/expr-kernel.ts'
import type { RegisterSource, Step } from './physical-plan.ts'

type CompiledStep =
  | { readonly kind: 'filter'; readonly where: number }
  | { readonly kind: 'compute'; readonly register: number; readonly kernel: ExprKernel }

/** Runs the filters and computed columns of a pipeline over a frame. */
export class PipelineOperator {
  readonly #registers: number
  readonly #sources: readonly RegisterSource[]
  readonly #steps: readonly CompiledStep[]

  constructor(plan: { readonly registers: number; readonly sources: readonly RegisterSource[]; readonly steps: readonly Step[] }) {
    this.#registers = plan.registers
    this.#sources = plan.sources
    this.#steps = plan.steps.map((step) =>
      step.kind === 'filter'
        ? { kind: 'filter', where: step.where }
        : { kind: 'compute', register: step.register, kernel: new ExprKernel(step.expr) },
    )
  }

  /** A frame over `rows` rows with the pipeline's columns in place. */
  open(rows: number, columnOf: (name: string) => Column): Frame {
    const frame = new Frame(rows, this.#registers)
    this.load(frame, columnOf)
    return frame
  }

  /** Puts the pipeline's columns into a frame that another pipeline opened. */
  load(frame: Frame, columnOf: (name: string) => Column): void {
    for (const { register, column } of this.#sources) frame.registers[register] = columnOf(column)
  }

  run(frame: Frame): void {
    for (const step of this.#steps) {
      if (frame.count === 0) return
      if (step.kind === 'filter') select(frame, frame.column(step.where) as BooleanColumn)
      else frame.registers[step.register] = step.kernel.evaluate(frame)
    }
  }
}

/** Keeps the rows where the condition is true; null is not true. */
function select(frame: Frame, { values, nulls }: BooleanColumn): void {
  const { selection, count } = frame
  const kept = new Int32Array(count)
  let size = 0
  for (let k = 0; k < count; k++) {
    const row = selection === null ? k : selection[k]
    if (values[row] === 1 && (nulls === null || nulls[row] === 0)) kept[size++] = row
  }
  frame.selection = kept
  frame.count = size
}
