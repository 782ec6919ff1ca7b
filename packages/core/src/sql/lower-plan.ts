import type { CheckedNode, CheckedPlan, Tie } from '../plan/checked-plan.ts'

/** One common table expression of the statement: a node that the output needs, with the names it is printed under. */
export interface Step {
  readonly checked: CheckedNode
  /** Name of the common table expression: the node's id, made distinct where ids differ in case only. */
  readonly name: string
  /** Of a map: the name of its input's rows with what the function made of them. */
  readonly mapped: string | undefined
  /** Steps it reads. */
  readonly inputs: readonly Step[]
  /** Which rows have a stamp: column `_watermark` is there where any has, and null in those that have none. */
  readonly stamps: Stamps
  /** Column `_event_time` is there; null in rows of an aggregate over everything. */
  readonly timed: boolean
}

export type Stamps = 'all' | 'some' | 'none'

/** The nodes that the output needs, inputs first. */
export interface LoweredPlan {
  readonly steps: readonly Step[]
  readonly output: Step
}

/** Picks the nodes the output reads and resolves what each carries in a statement of SQL. */
export function lowerPlan(plan: CheckedPlan): LoweredPlan {
  const needed = reachable(plan)
  const steps = new Map<string, Step>()
  const taken = new Set<string>()
  for (const checked of plan.nodes) {
    if (!needed.has(checked.node.id)) continue
    const inputs = checked.inputs.map((id) => steps.get(id) as Step)
    steps.set(checked.node.id, {
      checked,
      name: distinctName(checked.node.id, taken),
      mapped: checked.node.kind === 'map' ? distinctName(`${checked.node.id} mapped`, taken) : undefined,
      inputs,
      stamps: stampsOf(checked, inputs),
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

function stampsOf({ node, stamped }: CheckedNode, inputs: readonly Step[]): Stamps {
  if (!stamped) return 'none'
  if (node.kind === 'scan') return 'all'
  return node.kind !== 'union' || inputs.every((input) => input.stamps === 'all') ? inputs[0].stamps : 'some'
}

function isTimed({ node }: CheckedNode, inputs: readonly Step[]): boolean {
  switch (node.kind) {
    case 'scan':
      return true
    case 'window-aggregate':
      return node.window.kind !== 'all'
    case 'project':
      return inputs[0].timed || node.columns.some((column) => column.event_time === true)
    case 'union':
      return inputs.some((input) => input.timed)
    default:
      return inputs[0].timed
  }
}

function distinctName(id: string, taken: Set<string>): string {
  const base = id.replaceAll(/[\x00-\x1f]/g, ' ')
  let name = base
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base} ${i}`
  taken.add(name.toLowerCase())
  return name
}

/** Names of the columns that tell rows of equal event time apart. */
export function tieColumns({ arrival, positions }: Tie): readonly string[] {
  return [...(arrival === 'never' ? [] : ['_arrival']), ...(positions > 1 ? ['_position'] : [])]
}

/** Whether a step can refuse rows as late. */
export function judgesLateness(step: Step): boolean {
  const { node } = step.checked
  const judges =
    node.kind === 'dedupe' ||
    node.kind === 'over-aggregate' ||
    (node.kind === 'join' && node.type !== 'lookup') ||
    (node.kind === 'window-aggregate' && node.window.kind !== 'all')
  return judges && step.inputs.some((input) => input.stamps !== 'none')
}
