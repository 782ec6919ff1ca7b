import { userError } from '@millrace/core'

/** Engines that call functions. */
const CALLS_FUNCTIONS: readonly string[] = ['stream', 'duckdb', 'reference']

/** Refuses a plan with a map on an engine that runs elsewhere than in this process (`engine/unsupported`). */
export function refuseMapElsewhere(plan: unknown, engine: string): void {
  if (CALLS_FUNCTIONS.includes(engine)) return
  const map = nodesOf(plan).find((node) => node?.kind === 'map')
  if (map !== undefined && map !== null) throw mapElsewhere(engine, map.function?.name)
}

/** A function of TypeScript does not travel. */
function mapElsewhere(engine: string, name: unknown): Error {
  const operation = 'node `map`'
  return userError(
    'engine/unsupported',
    `Engine \`${engine}\` does not call the function \`${String(name)}\`: it is TypeScript, which only engines in this process run.`,
    {
      asked: engine,
      found: CALLS_FUNCTIONS,
      do: 'Run this view on stream or duckdb; or say it in expressions.',
      details: { engine, operation, engines_that_can: CALLS_FUNCTIONS },
    },
  )
}

/** Kinds of nodes that the plan language has and no engine here runs. */
const MISSING: ReadonlySet<unknown> = new Set(['score'])

/** Refuses a plan that needs what no engine here can do yet (`engine/unsupported`), before its form is checked. */
export function refuseMissing(plan: unknown, engine: string): void {
  const missing = nodesOf(plan).find((node) => MISSING.has(node?.kind))
  if (missing === undefined || missing === null) return
  const operation = `node \`${String(missing.kind)}\``
  throw userError('engine/unsupported', `Engine \`${engine}\` does not run ${operation}, and no other engine here does yet.`, {
    asked: operation,
    found: [],
    do: 'Write the plan with the nodes, windows, aggregates and functions of the plan reference.',
    details: { engine, operation, engines_that_can: [] },
  })
}

interface AnyNode {
  readonly kind?: unknown
  readonly function?: { readonly name?: unknown }
}

/** The nodes of what may be no plan. */
function nodesOf(plan: unknown): readonly (AnyNode | null)[] {
  const nodes = (plan as { readonly nodes?: unknown } | null)?.nodes
  return Array.isArray(nodes) ? nodes : []
}
