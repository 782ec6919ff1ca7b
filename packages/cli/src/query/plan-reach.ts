import type { CheckedPlan, PlanNode } from '@millrace/core'

const DAY_MS = 86_400_000

/**
 * How long before a row's event time a record may lie that the row depends on, ms; undefined where it may be any time ago (sessions,
 * current rows, aggregates over everything, as-of joins without a maximum age, event times that a view makes itself).
 */
export function planReachMs(plan: CheckedPlan): number | undefined {
  if (hasOwnTime(plan)) return undefined
  return plan.nodes.reduce((sum: number | undefined, { node }) => {
    const reach = reachOf(node)
    return sum === undefined || reach === undefined ? undefined : sum + reach
  }, 0)
}

/** Whether a project gives rows another event time than their records', or than the bounds of their window: it may be any time. */
export function hasOwnTime({ nodes, byId }: CheckedPlan): boolean {
  return nodes.some(({ node }) => {
    if (node.kind !== 'project') return false
    const input = byId.get(node.input)
    const taken = node.columns.flatMap(({ expr, event_time }) => (event_time === true && 'col' in expr ? [expr.col] : []))
    return taken.some((column) => ![input?.eventTime, input?.window?.start, input?.window?.end].includes(column))
  })
}

function reachOf(node: PlanNode): number | undefined {
  switch (node.kind) {
    case 'window-aggregate':
      return windowReach(node.window)
    case 'over-aggregate':
      return node.range_ms
    case 'dedupe':
      return node.horizon_ms
    case 'join':
      if (node.type === 'interval') return Math.max(Math.abs(node.lower_ms), Math.abs(node.upper_ms))
      return node.type === 'as-of' ? node.max_age_ms : undefined
    case 'latest':
      return undefined
    default:
      return 0
  }
}

function windowReach(window: (PlanNode & { kind: 'window-aggregate' })['window']): number | undefined {
  switch (window.kind) {
    case 'tumbling':
    case 'hopping':
      return window.size_ms
    case 'calendar':
      return { day: 2, week: 8, month: 32 }[window.unit] * DAY_MS
    default:
      return undefined
  }
}
