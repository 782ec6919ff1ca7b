import { type Aggregate, canonicalJson } from '@millrace/core'
import { type ResolvedInput, substituted } from './resolved-input.ts'

interface Aggregates {
  readonly old: readonly Aggregate[]
  readonly next: readonly Aggregate[]
}

/** Aggregates of one name must be the same; others may come and go, for each has an accumulator of its own. */
export function compareWindowAggregates(
  { old, next }: Aggregates,
  { from, to }: { readonly from: ResolvedInput; readonly to: ResolvedInput },
): { readonly refused: readonly string[]; readonly added: boolean } {
  const known = new Map(old.map((one) => [one.name, one]))
  const refused = next.flatMap((one) => {
    const before = known.get(one.name)
    if (before === undefined || meaningOf(before, from) === meaningOf(one, to)) return []
    const what = before.fn === one.fn ? `\`${one.name}\` is another ${one.fn}` : `\`${one.name}\` is ${one.fn} in place of ${before.fn}`
    return [`has another aggregate: ${what}; give the new one a name of its own`]
  })
  return { refused, added: next.some(({ name }) => !known.has(name)) }
}

/** An aggregate told by what its input's columns are made of. */
function meaningOf({ fn, args = [], where, order_by = [], max }: Aggregate, { column }: ResolvedInput): string {
  return canonicalJson({
    fn,
    args: substituted(args, column),
    where: where === undefined ? null : substituted(where, column),
    order: order_by.map(([name, direction]) => [column(name), direction]),
    max: max ?? null,
  })
}
