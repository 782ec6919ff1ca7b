import type { CheckedPlan, Step as PlainStep } from '@millrace/core'
import { lowerPlan as lowerToSteps } from '@millrace/core'
import { checkSupported } from '../capabilities.ts'

/** One common table expression of the statement. */
export interface Step extends PlainStep {
  readonly inputs: readonly Step[]
  /**
   * The step of the rows that look something up here: its rows come out once per arrival of theirs, which column `_at` tells, as they were
   * when that row arrived.
   */
  readonly seenBy: Step | undefined
  /** Whether rows only come: none is ever taken back, or stands for another. */
  readonly appends: boolean
  /** Names of further columns beside the user's that rows of the step keep. */
  readonly kept?: readonly string[]
}

export interface LoweredPlan {
  readonly steps: readonly Step[]
  readonly output: Step
}

/** Picks the nodes the output reads, and adds those that a lookup join reads once more as they were seen; refuses what this engine cannot run. */
export function lowerPlan(plan: CheckedPlan): LoweredPlan {
  checkSupported(plan)
  const plain = lowerToSteps(plan)
  const steps: Step[] = []
  const found = new Map<string, Step>()
  const lowered = (step: PlainStep): Step => found.get(step.name) as Step
  for (const step of plain.steps) {
    const { node } = step.checked
    const isLookup = node.kind === 'join' && node.type === 'lookup'
    const inputs = isLookup
      ? [lowered(step.inputs[0]), seen(step.inputs[1], lowered(step.inputs[0]), { steps, by: step.name })]
      : step.inputs.map(lowered)
    const own: Step = { ...step, inputs, seenBy: undefined, appends: appends(step, inputs) }
    found.set(step.name, own)
    steps.push(own)
  }
  const output = lowered(plain.output)
  return { steps: steps.filter((step) => reads(output, step)), output }
}

function appends({ checked: { node } }: PlainStep, inputs: readonly Step[]): boolean {
  switch (node.kind) {
    case 'scan':
      return true
    case 'filter':
    case 'project':
    case 'exchange':
    case 'union':
    case 'sink':
      return inputs.every((input) => input.appends)
    case 'join':
      return node.type === 'interval' && node.how !== 'left' && inputs.every((input) => input.appends)
    default:
      return false
  }
}

/** A step and all that it reads, as rows of `left` see them. */
function seen(step: PlainStep, left: Step, into: { readonly steps: Step[]; readonly by: string }): Step {
  const inputs = step.inputs.map((input) => seen(input, left, into))
  const own: Step = { ...step, name: `${step.name} seen by ${into.by}`, inputs, seenBy: left, appends: false }
  if (!into.steps.some(({ name }) => name === own.name)) into.steps.push(own)
  return own
}

/** Whether a step is another or reads it. */
export function reads(step: Step, other: Step): boolean {
  return (
    step.name === other.name || step.inputs.some((input) => reads(input, other)) || (step.seenBy !== undefined && reads(step.seenBy, other))
  )
}
