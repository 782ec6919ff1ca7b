/** Stretches of time that a table's rows are kept and computed in. */
export interface TablePartition {
  readonly unit: 'hour' | 'day'
  /** Column of the table, a timestamp or a date, by which a row belongs to its stretch. */
  readonly column: string
}

/** Length of each unit, ms. Days are UTC's. */
export const PARTITION_MS: Readonly<Record<TablePartition['unit'], number>> = { hour: 3_600_000, day: 86_400_000 }

/** A slice for each day (UTC) of a column, `day` when left out. @example table('daily_revenue', { partition: daily(), sql: … }) */
export function daily(options: { readonly column?: string } = {}): TablePartition {
  return { unit: 'day', column: options.column ?? 'day' }
}

/** A slice for each hour of a column, `hour` when left out. @example table('visits', { partition: hourly({ column: 'seen_at' }), sql: … }) */
export function hourly(options: { readonly column?: string } = {}): TablePartition {
  return { unit: 'hour', column: options.column ?? 'hour' }
}
