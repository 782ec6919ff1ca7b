import type { Batch, Field } from '@millrace/columnar'
import type { Expr } from '../expr/expr.ts'

export interface TableName {
  readonly namespace: string
  readonly table: string
}

export interface TableField extends Field {
  /** Iceberg field id, unique in the table, never reused. */
  readonly id: number
}

/** Next offset per topic and partition that a snapshot contains: `{"requests":{"0":120,"1":98}}`. */
export type Positions = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Snapshot {
  readonly id: number
  readonly parentId: number | undefined
  readonly sequenceNumber: number
  /** Epoch ms. */
  readonly at: number
  readonly operation: string
  readonly summary: Readonly<Record<string, string>>
  readonly rows: number
  /** From the summary key `millrace.positions`, looked up along the parents where a foreign writer left it out. */
  readonly positions: Positions
}

/** A data file that a scan must read. */
export interface ScanFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** A bound on a column that lets a scan skip files; literals are epoch ms, numbers, or text. Both ends inclusive. */
export interface ScanBound {
  readonly column: string
  readonly min?: number | bigint | string
  readonly max?: number | bigint | string
}

export interface TableScan {
  readonly snapshot: Snapshot | undefined
  readonly fields: readonly TableField[]
  readonly files: readonly ScanFile[]
  /** Files left out thanks to partitions or statistics. */
  readonly pruned: number
  /** A DuckDB table expression that reads exactly these files by field id, all columns (system columns too) in schema order. */
  readonly sql: string
}

export interface AppendCommit {
  readonly batches: Iterable<Batch> | AsyncIterable<Batch>
  /** What the snapshot will contain; a function is asked once all batches are taken. */
  readonly positions: Positions | (() => Positions)
  /** Snapshot this append builds on. Absent: the current one. Given: that one becomes the parent even when later snapshots exist (used to leave a provisional closing behind). */
  readonly parent?: number | null
  /** Further summary keys. */
  readonly summary?: Readonly<Record<string, string>>
}

export interface OverwriteCommit {
  /** The rows for which this is true go: comparisons of columns with literals, `in`, `between`, `is_null`, `is_not_null`, `and`, `or`, `not`. */
  readonly where: Expr
  /** The rows that come instead. */
  readonly batches: Iterable<Batch> | AsyncIterable<Batch>
  readonly positions?: Positions | (() => Positions)
  /** `serializable` (the default) also conflicts with rows that others added and the filter may take; `snapshot` leaves those in. */
  readonly isolation?: 'serializable' | 'snapshot'
  /** Where a provisional closing is on top: replaces rows below it and leaves its own as they are. Refused when absent. */
  readonly beneath?: boolean
  /** Further summary keys. */
  readonly summary?: Readonly<Record<string, string>>
}

/** Tables in Apache Iceberg format. */
export interface TableStore {
  /**
   * Creates the table if missing; refuses (`lake/schema-differs`) other fields. `partitionBy` lists terms like `day(event_time)`,
   * `hour(event_time)`, `bucket(16, ip)`, `truncate(4, path)` or a column; `partitionByDay` is short for `day(…)` of one timestamp column.
   * With `evolve` a table that is there gets columns that it lacks, wider types, nulls and the order asked for; one that has more columns is refused.
   */
  openTable(
    name: TableName,
    options: {
      readonly fields: readonly Field[]
      readonly partitionByDay?: string
      readonly partitionBy?: readonly string[]
      readonly evolve?: boolean
    },
  ): Promise<void>
  tables(namespace: string): Promise<readonly string[]>
  current(name: TableName): Promise<Snapshot | undefined>
  snapshots(name: TableName): Promise<readonly Snapshot[]>
  /** `where` and `bounds` only leave files out: rows of the others are not looked at. */
  scan(
    name: TableName,
    options?: { readonly snapshotId?: number; readonly bounds?: readonly ScanBound[]; readonly where?: Expr },
  ): Promise<TableScan>
  /** Writes data files, then commits by compare-and-swap. An append without rows still commits its positions. */
  append(name: TableName, commit: AppendCommit): Promise<Snapshot>
  /** Replaces the rows that a filter takes by other rows, in one snapshot. */
  overwrite(name: TableName, commit: OverwriteCommit): Promise<Snapshot>
  /** Removes the rows that a filter takes; commits nothing where there are none. */
  deleteRows(name: TableName, commit: Omit<OverwriteCommit, 'batches' | 'positions'>): Promise<Snapshot | undefined>
  dropNamespace(namespace: string): Promise<void>
}
