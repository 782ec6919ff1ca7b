import { AGGREGATES, type CheckedNode, type CheckedPlan, type Expr, type OverAggregateNode, type WindowAggregateNode } from '@millrace/core'

/** By node: the columns of its rows that the plan's output depends on. */
export function wantedColumns(plan: CheckedPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, Set<string>>(plan.nodes.map(({ node }) => [node.id, new Set()]))
  for (const field of plan.output.fields) wanted.get(plan.output.node.id)?.add(field.name)
  for (const checked of plan.nodes.toReversed()) {
    const wants = wantsOf(checked, { plan, wanted: wanted.get(checked.node.id) as Set<string> })
    for (const [place, names] of wants.entries()) for (const name of names) wanted.get(checked.inputs[place])?.add(name)
  }
  return wanted
}

/** By input: what a node wants of it. */
function wantsOf(
  { node, inputs, stamped, fields }: CheckedNode,
  { plan, wanted }: { readonly plan: CheckedPlan; readonly wanted: ReadonlySet<string> },
): readonly (readonly string[])[] {
  switch (node.kind) {
    case 'scan':
      return []
    case 'filter':
      return [[...wanted, ...columnsIn(node.where)]]
    case 'project': {
      const used = node.columns.filter((column) => wanted.has(column.name) || column.event_time === true)
      return [used.flatMap((column) => columnsIn(column.expr))]
    }
    case 'exchange':
      return [[...wanted, ...node.keys]]
    case 'window-aggregate':
      return [[...node.keys, ...aggregated(plan, node)]]
    case 'join': {
      const lefts = new Set((plan.byId.get(node.left) as CheckedNode).fields.map((field) => field.name))
      const wants = node.type === 'lookup' && stamped ? fields.map((field) => field.name) : [...wanted]
      const ofLeft = wants.filter((name) => lefts.has(name))
      const ofRight = wants.filter((name) => !lefts.has(name))
      return [
        [...ofLeft, ...node.on.map(([name]) => name), ...(node.type === 'interval' ? [] : tied(plan, node.left))],
        [...ofRight, ...node.on.map(([, name]) => name), ...(node.type === 'interval' ? [] : tied(plan, node.right))],
      ]
    }
    case 'sink':
      return [[...wanted]]
    case 'union':
      return inputs.map(() => (stamped ? fields.map((field) => field.name) : [...wanted]))
    case 'latest':
      return [[...wanted, ...node.keys, ...(node.deleted === undefined ? [] : [node.deleted]), ...tied(plan, node.input)]]
    case 'map': {
      const own = new Set(node.columns.map(({ name }) => name))
      const handedOn = (stamped ? fields.map((field) => field.name) : [...wanted]).filter((name) => !own.has(name))
      return [[...handedOn, ...node.reads]]
    }
    case 'dedupe':
      return [[...wanted, ...node.keys, ...tied(plan, node.input)]]
    case 'over-aggregate': {
      const own = new Set(node.aggregates.map(({ name }) => name))
      const handedOn = [...wanted].filter((name) => !own.has(name))
      return [[...handedOn, ...node.keys, ...aggregated(plan, node), ...tied(plan, node.input)]]
    }
    default:
      return inputs.map((id) => (plan.byId.get(id) as CheckedNode).fields.map((field) => field.name))
  }
}

/** What a node's aggregates want of its rows: arguments, conditions, and what orders rows where that matters. */
function aggregated(plan: CheckedPlan, { aggregates, input }: WindowAggregateNode | OverAggregateNode): readonly string[] {
  const exprs = aggregates.flatMap(({ args, where }) => [...(args ?? []), ...(where === undefined ? [] : [where])])
  const order = aggregates.flatMap(({ order_by }) => (order_by ?? []).map(([name]) => name))
  const isOrdered = aggregates.some(({ fn }) => AGGREGATES.get(fn)?.ordered === true)
  return [...exprs.flatMap(columnsIn), ...order, ...(isOrdered ? tied(plan, input) : [])]
}

/** What orders rows that have no arrival: all their columns. */
function tied(plan: CheckedPlan, id: string): readonly string[] {
  const { tie, fields } = plan.byId.get(id) as CheckedNode
  return tie.arrival === 'always' ? [] : fields.map((field) => field.name)
}

function columnsIn(expr: Expr): string[] {
  if ('col' in expr) return [expr.col]
  if ('lit' in expr) return []
  if ('fn' in expr) return expr.args.flatMap(columnsIn)
  if ('cast' in expr) return columnsIn(expr.cast)
  if ('case' in expr) return [...expr.case.flat(), ...(expr.else === undefined ? [] : [expr.else])].flatMap(columnsIn)
  return columnsIn(expr.of)
}
