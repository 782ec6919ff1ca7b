import { userError } from '@millrace/core'

/** What the plan language has and no engine here runs yet, by where it stands in a plan. */
const MISSING: Readonly<Record<'node' | 'aggregate', ReadonlySet<string>>> = {
  node: new Set(['score']),
  aggregate: new Set(['first', 'last', 'variance', 'stddev', 'collect', 'approx_count_distinct', 'quantile']),
}

/** Refuses a plan that needs what no engine here can do yet (`engine/unsupported`), before its form is checked. */
export function refuseMissing(plan: unknown, engine: string): void {
  const operation = missingIn(plan, 'plan')
  if (operation === undefined) return
  throw userError('engine/unsupported', `Engine \`${engine}\` does not run ${operation}, and no other engine here does yet.`, {
    asked: operation,
    found: [],
    do: 'Write the plan with the nodes, windows, aggregates and functions of the plan reference.',
    details: { engine, operation, engines_that_can: [] },
  })
}

function missingIn(value: unknown, place: string): string | undefined {
  if (Array.isArray(value)) return firstOf(value.map((inner) => () => missingIn(inner, place)))
  if (typeof value !== 'object' || value === null) return undefined
  const named = value as { readonly kind?: unknown; readonly fn?: unknown }
  if (place === 'nodes' && MISSING.node.has(String(named.kind))) return `node \`${String(named.kind)}\``
  if (place === 'aggregates' && MISSING.aggregate.has(String(named.fn))) return `aggregate \`${String(named.fn)}\``
  return firstOf(
    Object.entries(value).map(
      ([name, inner]) =>
        () =>
          missingIn(inner, name),
    ),
  )
}

function firstOf(looks: readonly (() => string | undefined)[]): string | undefined {
  for (const look of looks) {
    const found = look()
    if (found !== undefined) return found
  }
  return undefined
}
