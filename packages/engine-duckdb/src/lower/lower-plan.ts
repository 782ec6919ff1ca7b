import type { CheckedNode, CheckedPlan } from '@millrace/core'
import { checkSupported } from '../capabilities.ts'

/** One common table expression of the statement: a node that the output needs, with the names it is printed under. */
export interface Step {
  readonly checked: CheckedNode
  /** Name of the common table expression: the node's id, made distinct where ids differ in case only. */
  readonly name: string
  /** Steps it reads. */
  readonly inputs: readonly Step[]
  /** Columns `_arrival` and `_watermark` are there. */
  readonly stamped: boolean
  /** Column `_event_time` is there. */
  readonly timed: boolean
}

/** The nodes that the output needs, inputs first. */
export interface LoweredPlan {
  readonly steps: readonly Step[]
  readonly output: Step
}

/** Picks the nodes the output reads and resolves what each carries; refuses what this engine cannot run. */
export function lowerPlan(plan: CheckedPlan): LoweredPlan {
  checkSupported(plan)
  const needed = reachable(plan)
  const steps = new Map<string, Step>()
  const taken = new Set<string>()
  for (const checked of plan.nodes) {
    if (!needed.has(checked.node.id)) continue
    const inputs = checked.inputs.map((id) => steps.get(id) as Step)
    steps.set(checked.node.id, {
      checked,
      name: distinctName(checked.node.id, taken),
      inputs,
      stamped: checked.stamped,
      timed: isTimed(checked, inputs),
    })
  }
  return { steps: [...steps.values()], output: steps.get(plan.output.node.id) as Step }
}

function reachable(plan: CheckedPlan): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [plan.output]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node.node.id)) continue
    found.add(node.node.id)
    for (const id of node.inputs) open.push(plan.byId.get(id) as CheckedNode)
  }
  return found
}

function isTimed({ node }: CheckedNode, inputs: readonly Step[]): boolean {
  if (node.kind === 'scan') return true
  if (node.kind !== 'window-aggregate') return inputs.every((input) => input.timed)
  if (node.window.kind === 'all') return false
  return inputs.every((input) => input.timed)
}

function distinctName(id: string, taken: Set<string>): string {
  const base = id.replaceAll(/[\x00-\x1f]/g, ' ')
  let name = base
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base} ${i}`
  taken.add(name.toLowerCase())
  return name
}
