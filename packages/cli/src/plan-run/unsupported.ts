import { userError } from '@millrace/core'

/** Kinds of nodes that the plan language has and no engine here runs. */
const MISSING: ReadonlySet<unknown> = new Set(['score'])

/** Refuses a plan that needs what no engine here can do yet (`engine/unsupported`), before its form is checked. */
export function refuseMissing(plan: unknown, engine: string): void {
  const nodes = (plan as { readonly nodes?: unknown } | null)?.nodes
  const missing = Array.isArray(nodes) ? nodes.find((node: { readonly kind?: unknown } | null) => MISSING.has(node?.kind)) : undefined
  if (missing === undefined) return
  const operation = `node \`${String(missing.kind)}\``
  throw userError('engine/unsupported', `Engine \`${engine}\` does not run ${operation}, and no other engine here does yet.`, {
    asked: operation,
    found: [],
    do: 'Write the plan with the nodes, windows, aggregates and functions of the plan reference.',
    details: { engine, operation, engines_that_can: [] },
  })
}
