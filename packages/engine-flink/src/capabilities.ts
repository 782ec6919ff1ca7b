import type { CheckedPlan } from '@millrace/core'
import { userError } from '@millrace/core'

/** Kinds of nodes that this engine runs, by their plan names; of windows and joins it runs all. */
export const CAPABILITIES = {
  engine: 'flink',
  /** The Flink whose SQL this is. */
  version: '2.3',
  nodes: new Set<string>([
    'scan',
    'filter',
    'project',
    'exchange',
    'window-aggregate',
    'over-aggregate',
    'join',
    'dedupe',
    'latest',
    'union',
    'top-n',
    'sink',
  ]),
} as const

/** Engines that run what Flink does not. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'node map': ['stream', 'duckdb'],
  'node score': [],
}

/** What to do instead, where there is more to say than to take another engine. */
const ADVICE: Readonly<Record<string, string>> = {
  'node map': 'Run this view on stream or duckdb; or say it in expressions.',
  'node score': 'Compute the features on Flink and let the scorer read their topic.',
}

/**
 * The refusal of an operation that this engine has no SQL for.
 *
 * @param operation what was asked, e.g. `node map`
 */
export function unsupported(operation: string, at: string): Error {
  const others = OTHERS[operation] ?? ['stream', 'duckdb']
  return userError('engine/unsupported', `Engine flink cannot run ${operation} (${at}).`, {
    asked: operation,
    do: ADVICE[operation] ?? 'Run the plan on another engine, or leave the operation out.',
    details: { engine: 'flink', operation, engines_that_can: others },
  })
}

/** Refuses, before anything is printed, kinds of nodes that Flink does not run. Functions are refused where they are printed. */
export function checkSupported(plan: CheckedPlan): void {
  for (const { node } of plan.nodes) if (!CAPABILITIES.nodes.has(node.kind)) throw unsupported(`node ${node.kind}`, `node \`${node.id}\``)
}
