import type { InputPlan, OperatorPlan, PhysicalPlan } from '../operator/physical-plan.ts'
import type { StreamAsset } from './stream-job.ts'

/** Views that share operators and are therefore computed together, from the same positions, in one state. */
export interface ViewGroup {
  readonly name: string
  /** By name. */
  readonly assets: readonly StreamAsset[]
}

/** The operators of a group, each once, cut into stages at their exchanges. */
export interface GroupGraph {
  readonly name: string
  readonly assets: readonly GraphAsset[]
  /** Inputs come first. */
  readonly operators: readonly GraphOperator[]
  readonly exchanges: readonly GraphExchange[]
  /** Those that others read come first. */
  readonly stages: readonly GraphStage[]
}

export interface GraphAsset {
  readonly name: string
  readonly plan: PhysicalPlan
  /** By place in the plan: the operator of the graph. */
  readonly operators: readonly number[]
}

export interface GraphOperator {
  readonly ordinal: number
  readonly plan: OperatorPlan
  readonly inputs: readonly GraphInput[]
  /** The view whose end it is. */
  readonly asset: string | null
}

export interface GraphInput {
  readonly plan: InputPlan
  readonly from: { readonly kind: 'source'; readonly source: string } | { readonly kind: 'operator'; readonly ordinal: number }
  /** The exchange that its rows go through. */
  readonly exchange: number | null
}

/** Rows on their way from one stage to another; belongs to the input of one operator. */
export interface GraphExchange {
  readonly ordinal: number
  readonly operator: number
  readonly input: number
  readonly from: number
  readonly to: number
}

/** Operators that run together, partition by partition, without an exchange between them. */
export interface GraphStage {
  readonly ordinal: number
  readonly sources: readonly string[]
  readonly operators: readonly GraphOperator[]
  /** Exchanges that it reads. */
  readonly reads: readonly GraphExchange[]
  /** Exchanges that it writes. */
  readonly writes: readonly GraphExchange[]
}

/**
 * Puts the views of a job into groups: those that were grouped before stay so, for they have a state together; of the others, views
 * that share an operator share a group, which is called after its first view.
 */
export function viewGroups(assets: readonly StreamAsset[], recorded: ReadonlyMap<string, string>): ViewGroup[] {
  const sorted = assets.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const groupOf = new Map<string, string>()
  const ofKey = new Map<string, string>()
  for (const { name, plan } of sorted) {
    const known = recorded.get(name)
    const keys = plan.operators.filter((operator) => operator.kind !== 'output').map((operator) => operator.key)
    const shared = known !== undefined ? [] : keys.map((key) => ofKey.get(key)).filter((group) => group !== undefined)
    const group = known ?? shared[0] ?? name
    groupOf.set(name, group)
    for (const [asset, other] of groupOf) if (shared.includes(other)) groupOf.set(asset, group)
    for (const [key, other] of ofKey) if (shared.includes(other)) ofKey.set(key, group)
    if (known === undefined) for (const key of keys) ofKey.set(key, group)
  }
  const groups = Map.groupBy(sorted, ({ name }) => groupOf.get(name) as string)
  return [...groups].map(([name, members]) => ({ name, assets: members }))
}

/** Merges the plans of a group and cuts the graph into stages. */
export function groupGraph(group: ViewGroup): GroupGraph {
  const operators: GraphOperator[] = []
  const exchanges: { operator: number; input: number }[] = []
  const assets = group.assets.map((asset): GraphAsset => ({ ...asset, operators: placed(asset, { operators, exchanges }) }))
  const stageOf = stagesOf(operators)
  const joined = exchanges.map(({ operator, input }, ordinal): GraphExchange => {
    const { from } = operators[operator].inputs[input]
    return { ordinal, operator, input, from: stageOf(nameOf(from)), to: stageOf(`operator ${operator}`) }
  })
  const sources = [
    ...new Set(operators.flatMap(({ inputs }) => inputs.flatMap(({ from }) => (from.kind === 'source' ? [from.source] : [])))),
  ]
  const count = Math.max(...operators.map(({ ordinal }) => stageOf(`operator ${ordinal}`))) + 1
  const stages = Array.from(
    { length: count },
    (_, ordinal): GraphStage => ({
      ordinal,
      sources: sources.filter((source) => stageOf(`source ${source}`) === ordinal),
      operators: operators.filter((operator) => stageOf(`operator ${operator.ordinal}`) === ordinal),
      reads: joined.filter(({ to }) => to === ordinal),
      writes: joined.filter(({ from }) => from === ordinal),
    }),
  )
  return { name: group.name, assets, operators, exchanges: joined, stages }
}

interface Merging {
  readonly operators: GraphOperator[]
  readonly exchanges: { operator: number; input: number }[]
}

/** Adds a plan's operators that are not there yet; gives the ordinal of each. */
function placed({ name, plan }: StreamAsset, { operators, exchanges }: Merging): number[] {
  const ordinals: number[] = []
  for (const operator of plan.operators) {
    const known = operator.kind === 'output' ? undefined : operators.find((one) => one.plan.key === operator.key)
    if (known !== undefined) {
      ordinals.push(known.ordinal)
      continue
    }
    const ordinal = operators.length
    const inputs = operator.inputs.map((input, place): GraphInput => {
      const from = input.from.kind === 'source' ? input.from : { kind: 'operator' as const, ordinal: ordinals[input.from.place] }
      const exchange = input.exchange === null ? null : exchanges.push({ operator: ordinal, input: place }) - 1
      return { plan: input, from, exchange }
    })
    operators.push({ ordinal, plan: operator, inputs, asset: operator.kind === 'output' ? name : null })
    ordinals.push(ordinal)
  }
  return ordinals
}

function nameOf(from: GraphInput['from']): string {
  return from.kind === 'source' ? `source ${from.source}` : `operator ${from.ordinal}`
}

/** Numbers the sets of sources and operators that are connected without an exchange, lesser depths first. */
function stagesOf(operators: readonly GraphOperator[]): (name: string) => number {
  const parents = new Map<string, string>()
  const rootOf = (name: string): string => {
    const parent = parents.get(name) ?? name
    return parent === name ? name : rootOf(parent)
  }
  const depths = new Map<string, number>()
  for (const { ordinal, plan, inputs } of operators) {
    const name = `operator ${ordinal}`
    depths.set(name, plan.depth)
    parents.set(name, name)
    for (const { from, exchange } of inputs) {
      if (from.kind === 'source' && !parents.has(nameOf(from))) parents.set(nameOf(from), nameOf(from))
      if (exchange === null) parents.set(rootOf(nameOf(from)), rootOf(name))
    }
  }
  const roots = [...new Set([...parents.keys()].map(rootOf))]
  const depthOf = (root: string): number =>
    Math.max(...[...parents.keys()].filter((name) => rootOf(name) === root).map((name) => depths.get(name) ?? 0))
  const ordered = roots.map((root) => ({ root, depth: depthOf(root) })).sort((a, b) => a.depth - b.depth)
  return (name) => ordered.findIndex(({ root }) => root === rootOf(name))
}

/**
 * How many partitions each stage has. A stage that reads sources has as many as they; behind an exchange without keys there is one,
 * behind others as many as the plan asks for, at most `most`.
 */
export function stagePartitions(
  graph: GroupGraph,
  options: { readonly ofSource: (source: string) => number; readonly most: number },
): number[] {
  return graph.stages.map((stage) => {
    if (stage.sources.length > 0) return Math.max(...stage.sources.map(options.ofSource))
    const asked = stage.reads.map(({ operator, input }) => graph.operators[operator].inputs[input].plan.exchange)
    const counts = asked.map((exchange) =>
      (exchange?.keys ?? []).length === 0 ? 1 : Math.min(exchange?.partitions ?? options.most, options.most),
    )
    return Math.max(...counts)
  })
}

/** Whether any partition of the group reads what another one wrote. */
export function hasExchange(graph: GroupGraph): boolean {
  return graph.exchanges.length > 0
}
