import type { Expr } from './expr.ts'

/** Names of the columns that an expression reads. */
export function columnsOf(expr: Expr): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    if ('col' in part && typeof part.col === 'string') names.add(part.col)
    for (const inner of Object.values(part)) visit(inner)
  }
  visit(expr)
  return names
}
