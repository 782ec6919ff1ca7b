import { compareValues } from '../format/single-value.ts'
import type { ColumnFacts, FactsOf } from './file-facts.ts'
import type { Comparison, RowFilter } from './row-filter.ts'

/** Values that a filter may have on the rows of a file; all true where nothing is known. */
interface Outcomes {
  readonly true: boolean
  readonly false: boolean
  readonly null: boolean
}

/** How many rows of a file a filter takes: none of them, some, or surely all. */
export type Verdict = 'none' | 'some' | 'all'

/** Judges a file by what is known of its columns. `some` may still turn out to be none or all. */
export function verdictOf(filter: RowFilter, facts: FactsOf): Verdict {
  const outcomes = outcomesOf(filter, facts)
  if (!outcomes.true) return 'none'
  return outcomes.false || outcomes.null ? 'some' : 'all'
}

function outcomesOf(filter: RowFilter, facts: FactsOf): Outcomes {
  switch (filter.kind) {
    case 'constant':
      return { true: filter.value === true, false: filter.value === false, null: filter.value === null }
    case 'and':
    case 'or': {
      const parts = filter.parts.map((part) => outcomesOf(part, facts))
      const [any, every] = [(of: keyof Outcomes) => parts.some((part) => part[of]), (of: keyof Outcomes) => parts.every((part) => part[of])]
      return filter.kind === 'and'
        ? { true: every('true'), false: any('false'), null: any('null') }
        : { true: any('true'), false: every('false'), null: any('null') }
    }
    case 'not': {
      const part = outcomesOf(filter.part, facts)
      return { true: part.false, false: part.true, null: part.null }
    }
    case 'is-null': {
      const { nulls } = facts(filter.column)
      return { true: nulls !== 'none', false: nulls !== 'all', null: false }
    }
    case 'compare':
      return comparison(filter, facts(filter.column))
  }
}

function comparison({ is, value }: RowFilter & { kind: 'compare' }, facts: ColumnFacts): Outcomes {
  if (facts.nulls === 'all') return { true: false, false: false, null: true }
  const { lower, upper } = facts
  const low = lower === undefined ? undefined : compareValues(lower, value)
  const high = upper === undefined ? undefined : compareValues(upper, value)
  const possible = possibleBy(is, low, high)
  const isElsewhere = !facts.holds(value)
  return {
    true: (possible.true && !(is === 'eq' && isElsewhere)) || (isAbove(is) && facts.nan === 'some'),
    false: (possible.false && !(is === 'neq' && isElsewhere)) || facts.nan !== 'none',
    null: facts.nulls !== 'none',
  }
}

/** What a comparison can give for values whose bounds compare with the literal as said; undefined: no bound. */
function possibleBy(
  is: Comparison,
  low: number | undefined,
  high: number | undefined,
): { readonly true: boolean; readonly false: boolean } {
  const canBeLess = low === undefined || low < 0
  const canBeGreater = high === undefined || high > 0
  const canBeEqual = (low === undefined || low <= 0) && (high === undefined || high >= 0)
  const isAll = low === 0 && high === 0
  switch (is) {
    case 'eq':
      return { true: canBeEqual, false: !isAll }
    case 'neq':
      return { true: !isAll, false: canBeEqual }
    case 'lt':
      return { true: canBeLess, false: canBeGreater || canBeEqual }
    case 'lte':
      return { true: canBeLess || canBeEqual, false: canBeGreater }
    case 'gt':
      return { true: canBeGreater, false: canBeLess || canBeEqual }
    case 'gte':
      return { true: canBeGreater || canBeEqual, false: canBeLess }
  }
}

/** NaN is the greatest double in DuckDB. */
function isAbove(is: Comparison): boolean {
  return is === 'gt' || is === 'gte' || is === 'neq'
}
