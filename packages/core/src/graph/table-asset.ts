import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import type { TablePartition } from './table-partition.ts'

/** What a statement may name: anything of the project that has a table. */
interface Named {
  readonly kind: string
  readonly name: string
}

/** A statement, or a part of one, made by `sql`, and the assets that it names. */
export interface SqlText {
  readonly text: string
  readonly names: readonly Named[]
}

/** Writes SQL with assets as quoted names, numbers and texts as literals, and parts made by `sql` as they are. @example sql`select count(*) as n from ${orders}` */
export function sql(strings: TemplateStringsArray, ...values: readonly (Named | SqlText | number | bigint | string)[]): SqlText {
  const text = strings.map((string, i) => `${string}${i < values.length ? printed(values[i]) : ''}`).join('')
  return { text, names: values.flatMap(namesIn) }
}

function printed(value: Named | SqlText | number | bigint | string): string {
  if (typeof value !== 'object') return literal(value)
  return 'text' in value ? value.text : `"${value.name}"`
}

function namesIn(value: Named | SqlText | number | bigint | string): readonly Named[] {
  if (typeof value !== 'object') return []
  return 'text' in value ? value.names : [value]
}

function literal(value: number | bigint | string): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value)
  throw userError('project/bad-literal', `${value} cannot stand in SQL.`, {
    asked: String(value),
    do: 'Give a finite number, or null by SQL.',
  })
}

/** A stretch of time, epoch ms, half open. */
export interface TimeSlice {
  readonly from: number
  readonly to: number
}

/** What a statement says of the slice that is computed. */
export interface SliceText {
  /** The condition that a time column (`ordered_at`, `o.ordered_at`) lies in the slice; true where the whole table is computed. */
  on(column: string): SqlText
}

type Statement = SqlText | string

export interface TableOptions {
  /** One statement that reads: DuckDB's SQL over tables of the project. A partitioned table's takes the slice. */
  readonly sql: Statement | ((context: { readonly slice: SliceText }) => Statement)
  /** How the table's rows are kept apart by time, so that slices of it can be computed: `daily()`, `hourly()`. */
  readonly partition?: TablePartition
  readonly doc?: string
}

/** A table that one SQL statement gives, when it is asked for. What it reads, and its columns, are found in the statement. */
export interface TableAsset {
  readonly kind: 'table'
  readonly name: string
  /** The statement over everything. */
  readonly sql: string
  readonly partition: TablePartition | undefined
  /** The statement over one slice. */
  readonly sliceSql: (slice: TimeSlice) => string
  /** Assets that were named by reference. */
  readonly named: readonly Named[]
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/**
 * Declares a table by SQL; `millrace run --select NAME` computes it and replaces its rows in one commit. One with a `partition` is also
 * computed slice by slice, by `millrace backfill NAME --from T --to T`.
 *
 * @example
 * const revenue = table('daily_revenue', { partition: daily(), sql: ({ slice }) => sql`select date_trunc('day', ordered_at) as day,
 *   sum(total) as revenue from ${orders} where ${slice.on('ordered_at')} group by day` })
 */
export function table(name: string, options: TableOptions): TableAsset {
  const at = declaredAt()
  const { sql: statement, partition, doc } = options
  const written = (slice: SliceText): SqlText => {
    const given = typeof statement === 'function' ? statement({ slice }) : statement
    return typeof given === 'string' ? { text: given, names: [] } : given
  }
  let asked = false
  const whole = written({
    on: () => {
      asked = true
      return { text: 'true', names: [] }
    },
  })
  if ((partition !== undefined) !== asked) throw unmatched(name, { partitioned: partition !== undefined, at })
  return {
    kind: 'table',
    name,
    sql: whole.text,
    partition,
    sliceSql: (slice) => written({ on: (column) => sliceCondition(column, slice) }).text,
    named: whole.names,
    doc,
    at,
  }
}

/** A statement that looks at its slice needs a partition, and the other way round. */
function unmatched(name: string, { partitioned, at }: { readonly partitioned: boolean; readonly at: DeclaredAt | undefined }): Error {
  const what = partitioned ? 'has a `partition`, but its statement never says `slice.on(…)`' : 'says `slice.on(…)`, but has no `partition`'
  return userError('project/bad-partition', `Table \`${name}\` ${what}.`, {
    asked: name,
    do: "Write `partition: daily()` and `sql: ({ slice }) => sql`… where ${slice.on('TIME_COLUMN')} …``, or neither.",
    at,
  })
}

function sliceCondition(column: string, { from, to }: TimeSlice): SqlText {
  const name = column
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
  const time = (ms: number): string => `TIMESTAMPTZ '${new Date(ms).toISOString()}'`
  return { text: `(${name} >= ${time(from)} AND ${name} < ${time(to)})`, names: [] }
}
