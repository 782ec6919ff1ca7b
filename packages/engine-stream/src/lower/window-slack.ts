import type { CheckedNode, CheckedPlan } from '@millrace/core'

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
