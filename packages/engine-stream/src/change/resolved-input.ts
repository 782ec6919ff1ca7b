import type { CheckedNode, CheckedPlan, Expr } from '@millrace/core'

/** What rows go through that keeps nothing of them, on their way from one node that does, or a source, to the next. */
export type Passage =
  | { readonly kind: 'filter'; readonly where: Expr }
  | { readonly kind: 'exchange'; readonly keys: readonly Expr[]; readonly partitions: number | null }
  | { readonly kind: 'event time'; readonly expr: Expr }

/** A node's rows told by where they come from, whatever projects lie in between and whatever these call the columns. */
export interface ResolvedInput {
  /** The nearest node that is no filter, project or exchange. */
  readonly base: CheckedNode
  readonly passages: readonly Passage[]
  /** A column as an expression over those of the base. */
  readonly column: (name: string) => Expr
}

/** Follows filters, projects and exchanges from a node to the one that they stand behind. */
export function resolvedInput(plan: CheckedPlan, id: string): ResolvedInput {
  const checked = plan.byId.get(id) as CheckedNode
  const { node } = checked
  if (node.kind !== 'project' && node.kind !== 'filter' && node.kind !== 'exchange')
    return { base: checked, passages: [], column: (col) => ({ col }) }
  const below = resolvedInput(plan, node.input)
  const { base, passages, column } = below
  if (node.kind === 'filter') return { ...below, passages: [...passages, { kind: 'filter', where: substituted(node.where, column) }] }
  if (node.kind === 'exchange') {
    const passage: Passage = { kind: 'exchange', keys: node.keys.map(column), partitions: node.partitions ?? null }
    return { ...below, passages: [...passages, passage] }
  }
  const columns = new Map(node.columns.map(({ name, expr }) => [name, substituted(expr, column)]))
  const times = node.columns.flatMap(({ name, event_time }): Passage[] =>
    event_time === true ? [{ kind: 'event time', expr: columns.get(name) as Expr }] : [],
  )
  return { base, passages: [...passages, ...times], column: (name) => columns.get(name) ?? { col: name } }
}

/** The expression with what stands for each column in its place. */
export function substituted<T>(part: T, column: (name: string) => Expr): T {
  if (typeof part !== 'object' || part === null) return part
  if ('col' in part && typeof part.col === 'string') return column(part.col) as T
  if (Array.isArray(part)) return part.map((inner) => substituted(inner, column)) as T
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, substituted(inner, column)])) as T
}
