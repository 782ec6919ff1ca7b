import type { InputPlan, JudgePlan, OperatorPlan, RegisterColumn, RowWork, WindowOperatorPlan } from '../../operator/physical-plan.ts'
import { tileIndex, tileStart } from '../../operator/window/window-grid.ts'

/** How the rows of an input are told apart by key. */
export interface SliceInput {
  readonly keys: readonly number[]
  /** What the operator reads of them, in frames of so many registers. */
  readonly columns: readonly RegisterColumn[]
  readonly registers: number
  /** The register by which a row becomes due, and the progress at which it does; null: whoever waits for it waits since it came. */
  readonly due: { readonly register: number; readonly at: (time: number) => number } | null
}

/** Keys and times by input of an operator whose keys have nothing to do with each other; null for one without keys. */
export function sliceInputs(plan: OperatorPlan): readonly SliceInput[] | null {
  const places = slicePlaces(plan)
  if (places === null || places.some(({ keys }) => keys.length === 0)) return null
  return places.map((place, input) => {
    const { columns, pipeline } = plan.inputs[input]
    return { ...place, columns, registers: pipeline.registers }
  })
}

type SlicePlace = Pick<SliceInput, 'keys' | 'due'>

function slicePlaces(plan: OperatorPlan): readonly SlicePlace[] | null {
  switch (plan.kind) {
    case 'output':
      return null
    case 'window':
      return [{ keys: plan.window.keys, due: atTileEnd(plan.window) }]
    case 'join':
      return [plan.join.left, plan.join.right].map(({ keys, time }) => ({ keys, due: atTime(time) }))
    case 'rows':
      return rowPlaces(plan.work)
  }
}

function rowPlaces(work: RowWork): readonly SlicePlace[] | null {
  switch (work.kind) {
    case 'dedupe':
    case 'over':
    case 'session':
    case 'top-n':
      return [{ keys: work.rows.keys, due: atTime(work.rows.heldBy) }]
    case 'as-of':
      return [work.left, work.right].map(({ keys, heldBy }) => ({ keys, due: atTime(heldBy) }))
    case 'latest':
    case 'top-current':
      return [{ keys: work.rows.keys, due: null }]
    case 'total':
      return [{ keys: work.keys, due: null }]
    case 'revised-window':
    case 'early-window':
      return [{ keys: work.keys, due: null }]
    case 'lookup':
      return [
        { keys: work.leftKeys, due: null },
        { keys: work.right.keys, due: null },
      ]
    case 'union':
    case 'map':
      return null
  }
}

function atTime(register: number): SliceInput['due'] {
  return { register, at: (time) => time }
}

function atTileEnd(grid: WindowOperatorPlan['window']): SliceInput['due'] {
  return { register: grid.time, at: (time) => tileStart(grid, tileIndex(grid, time) + 1) }
}

/** An operator as its slices run it: no row is judged by what other rows of its slice have fired, but by its own stamp beforehand. */
export function slicedOperator(plan: OperatorPlan): OperatorPlan {
  if (plan.kind !== 'window' || plan.window.rows !== 'stamped') return plan
  const { tilesPerWindow, watermark } = plan.window
  return { ...plan, window: { ...plan.window, rows: 'judged', watermark: tilesPerWindow === 1 ? null : watermark } }
}

/** Its input: the rows are judged on their way. */
export function slicedInput(plan: InputPlan, operator: OperatorPlan): InputPlan {
  if (operator.kind !== 'window' || operator.window.rows !== 'stamped') return plan
  const { time, watermark } = operator.window
  const judge: JudgePlan = { time, watermark: watermark as number, grid: operator.window }
  return { ...plan, judge }
}
