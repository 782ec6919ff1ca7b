import type { Frame } from '../operator/frame.ts'
import { createRowOperator } from '../operator/ordered/create-row-operator.ts'
import type { RowOperatorPlan } from '../operator/physical-plan.ts'
import { newWindowCounters } from '../operator/window-counters.ts'
import { finite, type OperatorMeta, type OperatorRunner, type RowRunnerOptions } from './operator-runner.ts'

/** An operator over whole rows. Served, it fires as its inputs come on; exact, once, at the end. */
export function rowRunner(plan: RowOperatorPlan, { mode, onOutput, onDead, functionOf }: RowRunnerOptions): OperatorRunner {
  const counters = newWindowCounters()
  const inputs = plan.inputs.map(({ columns, pipeline }) => ({ columns, registers: pipeline.registers }))
  const operator = createRowOperator(plan.work, { mode, inputs, counters, onOutput, onDead, functionOf })
  let fired: readonly number[] = plan.inputs.map(() => Number.NEGATIVE_INFINITY)
  const fire = (progress: readonly number[], availableAt: number): void => {
    fired = progress
    operator.fire(progress, availableAt)
  }
  return {
    counters,
    pendingRows: 0,
    targets: plan.inputs.map(({ judge }, input) => ({ push: counted(input, judge === null), late: null })),
    progress: () => operator.progressAfter(fired),
    advance: (progress, availableAt) => {
      if (mode === 'as_served' && progress.some((one, input) => one > fired[input])) fire(progress, availableAt)
    },
    finishSome: (availableAt) => {
      fire(
        plan.inputs.map(() => Number.POSITIVE_INFINITY),
        availableAt,
      )
      return false
    },
    settle: () => operator.settle?.(),
    flush: () => {},
    compact: () => operator.compact(),
    get bytes() {
      return operator.bytes
    },
    get tableSizes() {
      return operator.tableSizes
    },
    takePages: () => operator.takePages(),
    get dueAt() {
      return operator.dueAt
    },
    get meta(): OperatorMeta {
      return Object.fromEntries(fired.map((progress, input) => [String(input), finite(progress)]))
    },
    restore: (meta, pages) => {
      fired = fired.map((_, input) => meta[String(input)] ?? Number.NEGATIVE_INFINITY)
      operator.restore(pages, fired)
    },
  }

  /** Rows of the first input that nobody judged before are counted here. */
  function counted(input: number, unjudged: boolean): (frame: Frame, ingestedAt: number) => void {
    if (input > 0 || !unjudged) return (frame, ingestedAt) => operator.push(input, frame, ingestedAt)
    return (frame, ingestedAt) => {
      counters.rowsIn += frame.count
      counters.rowsCounted += frame.count
      operator.push(input, frame, ingestedAt)
    }
  }
}
