import type { Plan, PlanNode } from '@millrace/core'

/** What a plan is made of, each by the name that a list of gaps gives it: `node dedupe`, `window session`, `join as-of`, `late revise`, `early results`. */
export function traitsOfPlan(plan: Plan): ReadonlySet<string> {
  const revised = plan.sources.some((source) => typeof source.late === 'object')
  return new Set([...plan.nodes.flatMap(traitsOfNode), ...(revised ? ['late revise'] : [])])
}

function traitsOfNode(node: PlanNode): readonly string[] {
  if (node.kind === 'window-aggregate') {
    const isEarly = 'early_ms' in node.window && node.window.early_ms !== undefined
    return [`node ${node.kind}`, `window ${node.window.kind}`, ...(isEarly ? ['early results'] : [])]
  }
  return node.kind === 'join' ? [`node ${node.kind}`, `join ${node.type}`] : [`node ${node.kind}`]
}
