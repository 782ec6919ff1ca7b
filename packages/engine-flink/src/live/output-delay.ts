import type { Plan } from '@millrace/core'

/**
 * How far the watermark has to be behind a row's event time before the row is sure to be the last word, ms. A window is once it is closed; a row of a
 * left join that found no partner waits for those that may still come; rows of an as-of join, dedupe, over-aggregate or top-n are made of what lies up to their time.
 */
export function outputDelayMs({ nodes }: Plan): number {
  return nodes.reduce(
    (sum, node) => (node.kind === 'join' && node.type === 'interval' && node.how === 'left' ? sum + Math.max(0, node.upper_ms) : sum),
    0,
  )
}
