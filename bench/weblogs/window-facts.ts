/** What tells two sets of windows apart: how many, their sums, and a sum of a hash of every row, whatever their order. */
export interface WindowFacts {
  readonly rows: string
  readonly hits: string
  readonly errors: string
  readonly failed_logins: string
  readonly distinct_paths: string
  readonly response_bytes: string
  readonly digest: string
}

const NUMBERS = ['hits', 'errors', 'failed_logins', 'distinct_paths', 'response_bytes'] as const
export const FACT_NAMES: readonly (keyof WindowFacts)[] = ['rows', ...NUMBERS, 'digest']

/** One statement that gives the facts of a table of windows as text, in the order of `FACT_NAMES`. */
export function factsSql(table: string): string {
  const columns = ['epoch_ms(window_start)', 'epoch_ms(window_end)', 'ip', ...NUMBERS.map((name) => `${name}::bigint`)]
  const sums = NUMBERS.map((name) => `sum(${name})::varchar`)
  return `select ${['count(*)::varchar', ...sums, `sum(hash(${columns.join(', ')})::hugeint)::varchar`].join(', ')} from ${table}`
}

export function factsOf(row: readonly unknown[]): WindowFacts {
  return Object.fromEntries(FACT_NAMES.map((name, i) => [name, String(row[i])])) as unknown as WindowFacts
}

/** Names of the facts in which two sets differ. */
export function differingFacts(a: WindowFacts, b: WindowFacts): (keyof WindowFacts)[] {
  return FACT_NAMES.filter((name) => a[name] !== b[name])
}
