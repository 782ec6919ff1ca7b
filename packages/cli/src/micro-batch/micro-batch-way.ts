import { type CheckedPlan, userError } from '@millrace/core'
import { hasOwnTime } from '../query/plan-reach.ts'

/**
 * What a micro-batch computes of a view. `time`: rows of the time that the watermark has passed since the last one. `arrival`: rows of the records that
 * have come since. `whole`: all rows, which take the place of those before.
 */
export type MicroBatchWay = 'time' | 'arrival' | 'whole'

/** How a plan is computed in micro-batches. @throws `micro-batch/unsupported` by the node that does not allow it */
export function microBatchWay(view: string, plan: CheckedPlan): MicroBatchWay {
  const { output } = plan
  const map = plan.nodes.find(({ node }) => node.kind === 'map')
  if (map !== undefined)
    throw unsupported(view, `node \`${map.node.id}\` calls a function, and only the stream engine keeps the rows that it refuses`)
  const early = plan.nodes.find(({ node }) => node.kind === 'window-aggregate' && 'early_ms' in node.window)
  if (early !== undefined) throw unsupported(view, `node \`${early.node.id}\` gives early results, which are there while windows are open`)
  const refused = plan.nodes.find(({ node }) => node.kind === 'score' || (node.kind === 'join' && node.type === 'lookup'))
  if (refused !== undefined) throw unsupported(view, `node \`${refused.node.id}\` joins or scores what is current when a record comes`)
  if (output.upsert) return 'whole'
  if (!output.stamped) {
    if (hasOwnTime(plan)) throw unsupported(view, 'its event time is made by the view, so a row of any time may still come')
    return 'time'
  }
  if (plan.sources.size > 1) throw unsupported(view, 'its rows are records of several streams, and do not say of which')
  return 'arrival'
}

function unsupported(view: string, why: string): Error {
  return userError('micro-batch/unsupported', `View \`${view}\` cannot be computed in micro-batches: ${why}.`, {
    asked: view,
    found: why,
    do: 'Leave `materialize` out: the stream engine computes it.',
  })
}
