import type { CheckedPlan } from '@millrace/core'
import { userError } from '@millrace/core'

/** Kinds of nodes that this engine runs, by their plan names; of windows and joins it runs all. */
export const CAPABILITIES = {
  engine: 'duckdb',
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
    'map',
    'sink',
  ]),
} as const

/**
 * The refusal of an operation that this engine has no SQL for.
 *
 * @param operation what was asked, e.g. `node top-n`
 */
export function unsupported(operation: string, at: string): Error {
  return userError('engine/unsupported', `Engine duckdb cannot run ${operation} (${at}).`, {
    asked: operation,
    do: 'Run the plan on another engine, or leave the operation out.',
    details: { engine: 'duckdb', operation, engines_that_can: [] },
  })
}

/** Refuses, before anything is printed, nodes and names that DuckDB cannot hold apart. Functions are refused where they are printed. */
export function checkSupported(plan: CheckedPlan): void {
  for (const { node, fields } of plan.nodes) {
    if (!CAPABILITIES.nodes.has(node.kind)) throw unsupported(`node ${node.kind}`, `node \`${node.id}\``)
    checkNames(
      fields.map((field) => field.name),
      `node \`${node.id}\``,
    )
  }
}

const CONTROL = /[\x00-\x1f]/

function checkNames(names: readonly string[], at: string): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const folded = name.toLowerCase()
    const twin = seen.get(folded)
    if (twin !== undefined) throw unsupported(`columns \`${twin}\` and \`${name}\`, which differ in case only`, at)
    if (CONTROL.test(name)) throw unsupported('a column name with a control character', at)
    seen.set(folded, name)
  }
}
