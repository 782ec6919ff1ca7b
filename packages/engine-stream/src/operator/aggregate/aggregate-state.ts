import type { Column, Field } from '@millrace/columnar'
import type { OutputColumn } from '../window/output-column.ts'
import type { RowKeys } from './row-keys.ts'

/** What an aggregate sees of a batch, by row number. */
export interface AggregateInput {
  /** The argument; null for `count()`. */
  readonly column: Column | null
  /** 1 where the row counts: `where` is true and the argument is not null. Null: every row counts. */
  readonly take: Uint8Array | null
  /** Ids of the argument's values, for distinct counts. */
  readonly ids: Int32Array | null
  /** The rows' places in the order that the aggregate asks for. */
  readonly order?: RowKeys
}

/** Rows of one tile: row numbers and, in parallel, the groups they belong to. */
export interface GroupedRows {
  readonly rows: Int32Array
  readonly groups: Int32Array
  readonly count: number
}

/** Rows to emit: groups `groups[from]` … and the place of the first in the output column. */
export interface EmitRange {
  readonly groups: Int32Array
  readonly from: number
  readonly count: number
  readonly at: number
}

/** Figures that emitting adds to. */
export interface EmitCounts {
  overflows: number
  saturated: number
}

/**
 * The accumulators of one aggregate for dense groups, in typed arrays indexed by the group. The same class serves a tile (groups
 * are its slots) and a running window (groups are key ids).
 */
export interface AggregateState {
  /** Bytes that it takes in memory; of texts, sets and lists about. */
  readonly bytes: number
  /** Makes room for groups below `groups`; new ones are empty. */
  ensure(groups: number): void
  update(input: AggregateInput, rows: GroupedRows): void
  /** Adds another state's group to a group. */
  merge(group: number, other: AggregateState, otherGroup: number): void
  copy(group: number, other: AggregateState, otherGroup: number): void
  clear(): void
  emit(range: EmitRange, out: OutputColumn, counts: EmitCounts): void
  /** The columns of a state page, without their prefix. */
  fields(): readonly Field[]
  save(from: number, to: number): Column[]
  load(columns: readonly Column[], from: number): void
}

/** A state from which a group can be taken out again exactly. */
export interface UndoableState extends AggregateState {
  unmerge(group: number, other: AggregateState, otherGroup: number): void
}

/** About the bytes of a short text, a bigint, an empty map and an entry of one, as V8 keeps them. */
export const TEXT_BYTES = 48
export const BIGINT_BYTES = 32
export const MAP_BYTES = 200
export const ENTRY_BYTES = 32

/** Copies the arrays' rows `[from, to)` into a column of safe int64. */
export function int64Page(values: Float64Array, from: number, to: number): Column {
  return { kind: 'int64', safe: true, values: values.slice(from, to), nulls: null }
}

export function pageField(name: string, type: string, nullable = false): Field {
  return { name, type, nullable }
}
