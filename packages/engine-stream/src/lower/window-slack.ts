import type { CheckedNode, CheckedPlan, WindowAggregateNode } from '@millrace/core'

/** The greatest difference of a row's event time and the last instant of the window that it is of; null: not known. */
export function windowSlackMs(plan: CheckedPlan, checked: CheckedNode): number | null {
  const { node } = checked
  const [input] = checked.inputs.map((id) => plan.byId.get(id) as CheckedNode)
  switch (node.kind) {
    case 'scan':
      return null
    case 'window-aggregate':
      return 0
    case 'project':
      return node.columns.some((column) => column.event_time === true) ? null : windowSlackMs(plan, input)
    case 'union':
      return checked.inputs.reduce(
        (most: number | null, id) => greater(most, windowSlackMs(plan, plan.byId.get(id) as CheckedNode)),
        Number.NEGATIVE_INFINITY,
      )
    case 'join': {
      const slack = windowSlackMs(plan, input)
      return slack === null || node.type !== 'interval' ? slack : slack + Math.max(0, node.upper_ms)
    }
    default:
      return windowSlackMs(plan, input)
  }
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b)
}

const DAY_MS = 86_400_000

/** The greatest length of the windows that a node's rows are of, where they still have the event time that their window gave them; null: not known. */
export function windowLengthMs(plan: CheckedPlan, checked: CheckedNode): number | null {
  const { node } = checked
  if (node.kind === 'window-aggregate') return lengthMs(node.window)
  const marks = node.kind === 'project' && node.columns.some((column) => column.event_time === true)
  if (marks || (node.kind === 'join' && node.type === 'interval') || checked.inputs.length !== 1) return null
  return windowLengthMs(plan, plan.byId.get(checked.inputs[0]) as CheckedNode)
}

/** A month has at most 31 days, and clocks may go back by some hours in it. */
function lengthMs(window: WindowAggregateNode['window']): number | null {
  if (window.kind === 'tumbling' || window.kind === 'hopping') return window.size_ms
  return window.kind === 'calendar' ? { day: 2, week: 8, month: 32 }[window.unit] * DAY_MS : null
}
